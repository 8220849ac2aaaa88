"""Baking: a target's UV layout goes to the worker, and an image comes back."""

import os
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

import bpy
import numpy as np

from ..core.errors import NeuralShapesError
from ..core.mapping.attributes import Attribute
from ..core.mapping.bake import BakeTarget, NormalSpace
from ..scene import map_images
from ..scene.bake_target import read_bake_target
from ..scene.map_material import WiredMap, wire
from ..worker.protocol import MAXIMUM_ARRAYS_BYTES, Message
from .changes import busy_cursor, push_undo
from .jobs import Job
from .mapping import MappingOptions, submit

TASK = "bake"

EXTENSIONS = {8: ".png", 16: ".png", 32: ".exr"}

GIGABYTE = 1 << 30


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
    changed and cannot be, the folder cannot take the map, or the map is larger than what a worker sends, and
    what ``submit`` raises.
    """
    if options.wire and target.data is not None and not target.data.is_editable:
        raise NeuralShapesError(
            f"“{target.name}” has a linked mesh, whose materials cannot be changed; make it local, or switch"
            " “Use in Material” off."
        )
    _require_sendable(options)
    _require_folder(options.folder)
    with busy_cursor():
        depsgraph = bpy.context.evaluated_depsgraph_get()
        triangles, uv_map = read_bake_target(target, depsgraph, options.with_tangents)

    def receive(found: bpy.types.Object, message: Message) -> None:
        body = message.body
        with busy_cursor():
            name = f"{found.name} {options.attribute.capitalize()}"
            filepath = str(path) if path else _free_filepath(found, name, options)
            image = _image(message, options, filepath)
            map_images.make_map_of(image, name, found, options.attribute)
            image[map_images.MASKED_SHARE] = body["masked_share"]
            image[map_images.OVERLAPPING_SHARE] = body["overlapping_share"]
            image[map_images.FULL_SCALE] = body["full_scale"]
            if options.wire:
                meaning = (options.attribute, options.space, body["midlevel"], body["full_scale"])
                wire(found, WiredMap(image, *meaning, uv_map))
            push_undo("Bake Map")

    return submit(TASK, holder, target, mapping, options.parameters, _arrays(triangles), receive)


def _require_sendable(options: BakeOptions) -> None:
    """Raises NeuralShapesError when a map would be larger than what a worker sends."""
    channels = 3 if options.attribute is Attribute.NORMAL else 1
    size = options.width * options.height * channels * options.bits // 8
    if size > MAXIMUM_ARRAYS_BYTES:
        raise NeuralShapesError(
            f"A map of {options.width} × {options.height} pixels with {options.bits} bits a channel takes"
            f" {size / GIGABYTE:.1f} GB, and the worker sends {MAXIMUM_ARRAYS_BYTES // GIGABYTE} GB at most;"
            " choose a smaller one, or fewer bits."
        )


def _require_folder(folder: str) -> None:
    """Raises NeuralShapesError when a folder was chosen and cannot take the map."""
    if folder.startswith("//") and not bpy.data.filepath:
        raise NeuralShapesError("Save the file first, or choose another folder for the map.")
    if folder and not Path(bpy.path.abspath(folder)).is_dir():
        raise NeuralShapesError(
            f"There is no folder {bpy.path.abspath(folder)} to save the map in; choose one that exists."
        )


def _free_filepath(target: bpy.types.Object, name: str, options: BakeOptions) -> str:
    """A file that no other image of this file shows, relative where the options' folder is; empty to pack."""
    if not options.folder:
        return ""
    replaceable = map_images.replaceable_image(target, options.attribute)
    taken = {_place(image.filepath, image.library) for image in bpy.data.images if image != replaceable}
    stem, extension = bpy.path.clean_name(name), EXTENSIONS[options.bits]
    stems = chain([stem], (f"{stem}_{number}" for number in count(2)))
    paths = (os.path.join(options.folder, stem + extension) for stem in stems)
    return next(path for path in paths if _place(path) not in taken)


def _place(filepath: str, library: bpy.types.Library | None = None) -> str:
    """What two names of one file have in common; names that differ only in case may be of one."""
    return str(Path(bpy.path.abspath(filepath, library=library)).resolve()).casefold()


def _image(message: Message, options: BakeOptions, filepath: str) -> bpy.types.Image:
    if "png" in message.arrays:
        png, size = message.arrays["png"].tobytes(), (options.width, options.height)
        return map_images.saved_png(png, filepath) if filepath else map_images.packed_png(png, size)
    values = message.arrays["values"]
    return map_images.saved_float(values, filepath) if filepath else map_images.packed_float(values)


def _arrays(target: BakeTarget) -> dict[str, np.ndarray]:
    """What `worker.handlers.bake` takes."""
    arrays = {"positions": target.positions, "normals": target.normals, "uvs": target.uvs}
    return arrays if target.tangents is None else {**arrays, "tangents": target.tangents}
