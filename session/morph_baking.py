"""Baking a morph: the worker writes a file for each frame, and then an object plays them."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ..core.errors import NeuralShapesError
from ..core.frames.following import require_flow
from ..core.neural_shape import NeuralShape
from ..scene import neural_shape
from ..scene.baked_nodes import BakedRange
from ..scene.baked_object import Bake, play_bake
from ..scene.evaluated_time import times_at_frames
from ..scene.morph_properties import source_names
from ..scene.object_reference import ObjectReference
from ..scene.painted_mesh import PaintedSurface, painted_surface
from ..scene.shape_object import require_local
from ..worker.arrays import mesh_to_arrays
from ..worker.protocol import Message
from . import timer
from .changes import busy_cursor, push_undo
from .jobs import Job
from .preferences import preferences
from .worker import jobs

TASK = "bake_morph"

# Times are rounded so far that all machines find the same ones, and keep each other's frames.
TIME_DIGITS = 6


@dataclass(frozen=True)
class MorphBakeOptions:
    """Which frames are baked, at which resolution, where to, and whether colours and UVs are carried along.

    ``home`` is where the file is going to be saved, if that is elsewhere: the folder is relative to it then.
    """

    range: BakedRange
    folder: Path
    resolution: int
    carry: bool = False
    home: Path | None = None

    @classmethod
    def of(cls, morph: bpy.types.Object, scene: bpy.types.Scene) -> "MorphBakeOptions":
        """What the artist has set. Raises NeuralShapesError where that is no range or no folder."""
        chosen = morph.neural_shapes_bake
        first, last = (
            (scene.frame_start, scene.frame_end) if chosen.scene_frames else (chosen.first, chosen.last)
        )
        if first > last:
            raise NeuralShapesError(f"The last frame, {last}, comes before the first one, {first}.")
        baked = BakedRange.within(first, last, chosen.step)
        return cls(baked, _folder(morph, chosen.folder), chosen.resolution, chosen.carry)


def bake_morph(
    morph: bpy.types.Object, context: bpy.types.Context, options: MorphBakeOptions | None = None
) -> Job:
    """Bake the morph that an object carries, and have a child of the object play it.

    Frames in the folder that are up to date are kept. Without a window this returns when all is there. Raises
    NeuralShapesError when the object carries no morph, when it is linked from another file, when colours and
    UVs cannot be carried, and when there is no folder or no worker.
    """
    require_local(morph)
    shape = neural_shape.read(morph)
    if not shape.changes_over_time:
        raise NeuralShapesError(f"“{morph.name}” does not change over time, so there is nothing to bake.")
    options = options or MorphBakeOptions.of(morph, context.scene)
    with busy_cursor():
        painted = _painted(morph, shape, options.carry, context)
        frames = _frame_times(morph, context.scene, options.range)
    arrays = _painted_arrays(painted, len(morph.material_slots) > 1, options.carry)
    reference = ObjectReference.of(morph)
    names = (painted.colours_name, painted.uvs_name) if painted is not None and options.carry else ("", "")

    def receive(job: Job, message: Message) -> None:
        found = reference.find()
        job.progress = message.body
        if found is None:
            return
        with busy_cursor():
            folder = _relative(options.folder, options.home)
            play_bake(found, Bake(folder, options.range, *names), bpy.context.view_layer)
            push_undo("Bake Morph")

    job = jobs.submit(
        reference.key,
        morph.name,
        TASK,
        {
            "folder": str(options.folder),
            "frames": frames,
            "resolution": options.resolution,
            "true_volume": morph.neural_shapes.true_volume,
            "carry": options.carry,
            "device": preferences().device,
        },
        {"shape": np.frombuffer(neural_shape.stored_bytes(morph), np.uint8), **arrays},
        on_end=receive,
    )
    timer.follow(job)
    return job


def _folder(morph: bpy.types.Object, chosen: str) -> Path:
    if not bpy.data.filepath and (not chosen or chosen.startswith("//")):
        raise NeuralShapesError("Save the file first, or choose a folder for the frames.")
    return Path(bpy.path.abspath(chosen or f"//{bpy.path.clean_name(morph.name)}_frames"))


def _relative(folder: Path, home: Path | None) -> str:
    """The folder relative to the file (//), where that is saved and on the same drive."""
    if home is not None or bpy.data.filepath:
        with suppress(ValueError):
            return bpy.path.relpath(str(folder), start=None if home is None else str(home))
    return str(folder)


def _frame_times(
    morph: bpy.types.Object, scene: bpy.types.Scene, baked: BakedRange
) -> list[tuple[int, float, float]]:
    """Of each frame its number, the morph's time, and how much of that passes in a frame around it."""
    around = sorted({frame + shift for frame in baked.frames for shift in (-0.5, 0.0, 0.5)})
    times = times_at_frames(morph, scene, around)
    return [
        (
            frame,
            round(times[frame], TIME_DIGITS),
            round(times[frame + 0.5] - times[frame - 0.5], TIME_DIGITS),
        )
        for frame in baked.frames
    ]


def _painted(
    morph: bpy.types.Object, shape: NeuralShape, carry: bool, context: bpy.types.Context
) -> PaintedSurface | None:
    """The first mesh, where something of it is to be carried along.

    Several materials are, as long as the mesh is there as it was.
    """
    if carry:
        require_flow(shape)
    elif len(morph.material_slots) < 2 or not shape.keys:
        return None
    first = shape.keys[0]
    name = source_names(morph)[0] or first.source
    source = bpy.data.objects.get(name)
    if source is None:
        if not carry:
            return None
        raise NeuralShapesError(
            f"The first mesh, “{name}”, is not in this file, so nothing of it can be carried along."
        )
    painted = painted_surface(source, context.evaluated_depsgraph_get())
    if painted.mesh.digest != first.source_digest:
        if not carry:
            return None
        raise NeuralShapesError(
            f"“{source.name}” was edited since the morph was trained; train it again, or carry nothing."
        )
    if carry and painted.colours is None and painted.uvs is None:
        raise NeuralShapesError(f"“{source.name}” has neither a color attribute nor a UV map to carry.")
    return painted


def _painted_arrays(
    painted: PaintedSurface | None, several_materials: bool, carry: bool
) -> dict[str, np.ndarray]:
    """What `worker.handlers.bake_morph` takes."""
    if painted is None:
        return {}
    arrays: dict[str, np.ndarray | None] = {**mesh_to_arrays(painted.mesh)}
    if several_materials:
        arrays["materials"] = painted.materials
    if carry:
        arrays |= {"colours": painted.colours, "uvs": painted.uvs}
    return {name: values for name, values in arrays.items() if values is not None}
