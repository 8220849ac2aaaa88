"""Whether a shape's source was edited since its training: found out in a quiet moment, not while drawing."""

import time
from contextlib import suppress
from enum import Enum

import bpy

from ..core.shape_file import ShapeFileError
from ..scene import neural_shape
from ..scene.object_mesh import ObjectMeshError, is_evaluated, triangle_mesh
from ..scene.properties import source_of

# A stroke or a dragged slider changes the source many times a second; it is looked at after the last one.
QUIET_SECONDS = 0.5


class SourceState(Enum):
    """What is known of a shape's source."""

    CURRENT = "current"
    EDITED = "edited"
    MISSING = "missing"


_edited: dict[str, bool] = {}
_changed_sources: set[str] = set()
_changed_at = 0.0


def source_state(holder: bpy.types.Object) -> SourceState:
    """What was last found out about the source of an object's shape; costs nothing."""
    if source_of(holder) is None:
        return SourceState.MISSING
    edited = _edited.get(neural_shape.shape_uuid(holder), False)
    return SourceState.EDITED if edited else SourceState.CURRENT


def compare(holder: bpy.types.Object, depsgraph: bpy.types.Depsgraph) -> SourceState:
    """Read the source and compare it with what the shape was trained on; a hidden one stays as it was known.

    Raises ShapeFileError when the object carries no readable shape.
    """
    digest = neural_shape.read(holder).provenance.source_digest
    source = source_of(holder)
    if source is None or not is_evaluated(source, depsgraph):
        return source_state(holder)
    try:
        edited = triangle_mesh(source, depsgraph).digest != digest
    except ObjectMeshError:
        edited = True
    _edited[neural_shape.shape_uuid(holder)] = edited
    return source_state(holder)


def note_changed(names: set[str]) -> None:
    """Have the shapes of these sources compared once things are quiet."""
    global _changed_at
    _changed_sources.update(names)
    _changed_at = time.monotonic()
    if not bpy.app.background and not bpy.app.timers.is_registered(_compare_changed):
        bpy.app.timers.register(_compare_changed, first_interval=QUIET_SECONDS, persistent=True)


def note_all_changed() -> None:
    """Have every shape of the file compared with its source, as after loading or undo."""
    note_changed(
        {holder.neural_shapes.source for holder in bpy.data.objects if neural_shape.has_shape(holder)}
    )


def unregister() -> None:
    """Stop the timer and forget what was found out."""
    if bpy.app.timers.is_registered(_compare_changed):
        bpy.app.timers.unregister(_compare_changed)
    _edited.clear()
    _changed_sources.clear()


def _compare_changed() -> float | None:
    """Compare the shapes of one changed source; the timer comes again while there are more."""
    if time.monotonic() - _changed_at < QUIET_SECONDS or not _is_in_object_mode():
        return QUIET_SECONDS
    holders = [
        holder
        for holder in bpy.data.objects
        if neural_shape.has_shape(holder) and holder.neural_shapes.source in _changed_sources
    ]
    _changed_sources.intersection_update(holder.neural_shapes.source for holder in holders)
    if not _changed_sources:
        return None
    source = _changed_sources.pop()
    depsgraph = bpy.context.evaluated_depsgraph_get()
    for holder in holders:
        if holder.neural_shapes.source == source:
            # The panel says what is wrong with a damaged shape when it reads it.
            with suppress(ShapeFileError):
                compare(holder, depsgraph)
    return 0.0


def _is_in_object_mode() -> bool:
    """Whether nothing is being sculpted or edited, which reading a large source would interrupt."""
    active = bpy.context.view_layer.objects.active
    return active is None or active.mode == "OBJECT"
