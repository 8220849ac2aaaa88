"""Alembic and USD files of a baked morph, by Blender's own exporters."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy

from ..core.errors import NeuralShapesError

ALEMBIC = ".abc"
USD = (".usd", ".usdc", ".usda", ".usdz")
SUFFIXES = (ALEMBIC, *USD)


def export_bake(baked: bpy.types.Object, path: Path, context: bpy.types.Context) -> None:
    """Write what an object plays, at all frames of its bake, with velocities, as the path's suffix says.

    The selection and the scene's frames are afterwards as they were. Raises NeuralShapesError for another
    suffix, an object that the view layer hides, frames before 0 as USD, or a file that cannot be written.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise NeuralShapesError(f"{path} should end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}.")
    if not baked.visible_get(view_layer=context.view_layer):
        raise NeuralShapesError(f"“{baked.name}” is hidden; show it before it is exported.")
    played = baked.neural_shapes_played_bake
    if path.suffix.lower() in USD and played.first < 0:
        raise NeuralShapesError(
            f"Blender's USD files begin at frame 0, and “{baked.name}” at frame {played.first}; export it as"
            " Alembic, or bake it from frame 0 on."
        )
    with _alone_selected(baked, context.view_layer), _frames(context.scene, played.first, played.last):
        try:
            if path.suffix.lower() == ALEMBIC:
                bpy.ops.wm.alembic_export(
                    filepath=str(path),
                    check_existing=False,
                    selected=True,
                    start=played.first,
                    end=played.last,
                    as_background_job=False,
                    evaluation_mode="RENDER",
                )
            else:
                bpy.ops.wm.usd_export(
                    filepath=str(path),
                    check_existing=False,
                    selected_objects_only=True,
                    export_animation=True,
                    evaluation_mode="RENDER",
                )
        except RuntimeError as error:
            raise NeuralShapesError(f"{path} could not be exported: {error}") from error
    if not path.is_file():
        raise NeuralShapesError(f"{path} could not be written; check the folder and the disk's space.")


@contextmanager
def _alone_selected(chosen: bpy.types.Object, view_layer: bpy.types.ViewLayer) -> Iterator[None]:
    selected = list(view_layer.objects.selected)
    for other in selected:
        other.select_set(False, view_layer=view_layer)
    chosen.select_set(True, view_layer=view_layer)
    try:
        yield
    finally:
        chosen.select_set(False, view_layer=view_layer)
        for other in selected:
            other.select_set(True, view_layer=view_layer)


@contextmanager
def _frames(scene: bpy.types.Scene, first: int, last: int) -> Iterator[None]:
    """Blender's exporter of USD takes the scene's range, and leaves the playhead where it ended.

    The scene's range holds no frames before 0.
    """
    earlier = scene.frame_start, scene.frame_end, scene.frame_current, scene.frame_subframe
    scene.frame_start, scene.frame_end = first, last
    try:
        yield
    finally:
        scene.frame_start, scene.frame_end = earlier[:2]
        scene.frame_set(earlier[2], subframe=earlier[3])
