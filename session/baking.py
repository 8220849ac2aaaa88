"""Baking: a target's UV layout goes to the worker, and an image comes back."""

from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ..core.errors import NeuralShapesError
from ..core.mapping.attributes import Attribute
from ..core.mapping.bake import BakeTarget, NormalSpace
from ..scene import map_images
from ..scene.bake_target import read_bake_target
from ..scene.map_material import WiredMap, wire
from ..worker.protocol import Message
from .changes import busy_cursor, push_undo
from .jobs import Job
from .mapping import MappingOptions, submit

TASK = "bake"

EXTENSIONS = {8: ".png", 16: ".png", 32: ".exr"}


@dataclass(frozen=True)
class BakeOptions:
    """What is baked, and what becomes of the image; without a ``folder`` it is packed into the .blend."""

    attribute: Attribute = Attribute.NORMAL
    space: NormalSpace = NormalSpace.TANGENT
    width: int = 1024
    height: int = 1024
    samples_per_side: int = 1
    margin: int = 16
    bits: int = 8
    folder: str = ""
    wire: bool = True

    @classmethod
    def of(cls, settings: bpy.types.PropertyGroup) -> "BakeOptions":
        """What the artist has set."""
        return cls(
            Attribute(settings.attribute),
            NormalSpace(settings.space),
            settings.width,
            settings.height,
            int(settings.samples_per_side),
            settings.margin,
            int(settings.bits),
            settings.folder,
            settings.wire,
        )

    @property
    def with_tangents(self) -> bool:
        """Whether tangents are needed."""
        return self.attribute is Attribute.NORMAL and self.space is NormalSpace.TANGENT

    @property
    def parameters(self) -> dict[str, str | int]:
        """What `worker.handlers.bake` takes."""
        names = ("attribute", "space", "width", "height", "samples_per_side", "margin", "bits")
        return {name: getattr(self, name) for name in names}


def bake(
    target: bpy.types.Object,
    holder: bpy.types.Object,
    mapping: MappingOptions,
    options: BakeOptions,
    path: Path | None = None,
) -> Job:
    """Bake a map of the neural shape that an object carries, for a target's UV layout.

    ``path`` is the file to save it to, in place of one in the options' folder. Without a window this returns
    when the image is there. Raises NeuralShapesError when the target has no UVs, its materials are to be
    changed and cannot be, or the folder does not exist, and what ``submit`` raises.
    """
    if options.wire and target.data is not None and not target.data.is_editable:
        raise NeuralShapesError(
            f"“{target.name}” has a linked mesh, whose materials cannot be changed; make it local, or switch"
            " “Use in Material” off."
        )
    name = image_name(target, options.attribute)
    path = path or _path(name, options)
    with busy_cursor():
        depsgraph = bpy.context.evaluated_depsgraph_get()
        triangles, uv_map = read_bake_target(target, depsgraph, options.with_tangents)

    def receive(found: bpy.types.Object, message: Message) -> None:
        body = message.body
        with busy_cursor():
            image = _image(name, message, options, path)
            image[map_images.MASKED_SHARE] = body["masked_share"]
            image[map_images.OVERLAPPING_SHARE] = body["overlapping_share"]
            if options.wire:
                meaning = (options.attribute, options.space, body["midlevel"], body["full_scale"])
                wire(found, WiredMap(image, *meaning, uv_map))
            push_undo("Bake Map")

    return submit(TASK, holder, target, mapping, options.parameters, _arrays(triangles), receive)


def image_name(target: bpy.types.Object, attribute: Attribute) -> str:
    """The name under which a target's map is baked."""
    return f"{target.name} {attribute.capitalize()}"


def _path(name: str, options: BakeOptions) -> Path | None:
    """The file to save, or None to pack."""
    if not options.folder:
        return None
    folder = Path(bpy.path.abspath(options.folder))
    if not folder.is_dir():
        raise NeuralShapesError(f"There is no folder {folder} to save the map in; choose one that exists.")
    return folder / (bpy.path.clean_name(name) + EXTENSIONS[options.bits])


def _image(name: str, message: Message, options: BakeOptions, path: Path | None) -> bpy.types.Image:
    if "png" in message.arrays:
        png, size = message.arrays["png"].tobytes(), (options.width, options.height)
        return map_images.saved_png(name, png, path) if path else map_images.packed_png(name, png, size)
    values = message.arrays["values"]
    return map_images.saved_float(name, values, path) if path else map_images.packed_float(name, values)


def _arrays(target: BakeTarget) -> dict[str, np.ndarray]:
    """What `worker.handlers.bake` takes."""
    arrays = {"positions": target.positions, "normals": target.normals, "uvs": target.uvs}
    return arrays if target.tangents is None else {**arrays, "tangents": target.tangents}
