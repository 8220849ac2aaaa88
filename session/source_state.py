"""Whether a shape's source was edited since its training: found out in a quiet moment, not while drawing."""

import time
from contextlib import suppress
from enum import Enum

import bpy

from ..core.errors import NeuralShapesError
from ..core.shape_file import ShapeFileError
from ..scene import neural_shape
from ..scene.morph_keys import meshes_in_common_space
from ..scene.morph_properties import source_names
from ..scene.object_mesh import is_evaluated
from ..scene.object_source import object_source

# A stroke or a dragged slider changes the source many times a second; it is looked at after the last one.
QUIET_SECONDS = 0.5


class SourceState(Enum):
    """What is known of a shape's source."""

    CURRENT = "current"
    EDITED = "edited"
    MISSING = "missing"


# By the shape and the names of its sources, which the artist can exchange.
_edited: dict[tuple[str, ...], bool] = {}
_changed: set[str] = set()
_moved: set[str] = set()
_changed_at = 0.0
# Names of the objects whose shapes are compared next.
_concerned: set[str] = set()


def source_state(holder: bpy.types.Object) -> SourceState:
    """What was last found out about the sources of an object's shape; costs nothing."""
    if not all(name in bpy.data.objects for name in source_names(holder)):
        return SourceState.MISSING
    edited = _edited.get(_key(holder), False)
    return SourceState.EDITED if edited else SourceState.CURRENT


def compare(holder: bpy.types.Object, depsgraph: bpy.types.Depsgraph) -> SourceState:
    """Read the sources and compare them with what the shape was trained on.

    Where one is missing or hidden they stay as they were known. Raises ShapeFileError when the object carries
    no readable shape.
    """
    shape = neural_shape.read(holder)
    sources = [bpy.data.objects.get(name) for name in source_names(holder)]
    if not all(source is not None and is_evaluated(source, depsgraph) for source in sources):
        return source_state(holder)
    try:
        if shape.keys:
            meshes = meshes_in_common_space(sources, holder.neural_shapes_morph.placement, depsgraph)
        else:
            meshes = [object_source(sources[0], depsgraph)]
    except NeuralShapesError:
        edited = True
    else:
        trained = [key.source_digest for key in shape.keys] or [shape.provenance.source_digest]
        edited = [mesh.digest for mesh in meshes] != trained
    _edited[_key(holder)] = edited
    return source_state(holder)


def note_changed(names: set[str]) -> None:
    """Have the shapes of these sources compared once things are quiet."""
    _changed.update(names)
    _wait_for_quiet()


def note_moved(names: set[str]) -> None:
    """The same for morphs alone, whose sources stand in some place to one another."""
    _moved.update(names)
    _wait_for_quiet()


def note_all_changed() -> None:
    """Have every shape of the file compared with its source, as after loading or undo."""
    holders = [holder for holder in bpy.data.objects if neural_shape.has_shape(holder)]
    note_changed({name for holder in holders for name in source_names(holder)})


def unregister() -> None:
    """Stop the timer and forget what was found out."""
    if bpy.app.timers.is_registered(_compare_changed):
        bpy.app.timers.unregister(_compare_changed)
    for known in (_edited, _changed, _moved, _concerned):
        known.clear()


def _key(holder: bpy.types.Object) -> tuple[str, ...]:
    return neural_shape.shape_uuid(holder), *source_names(holder)


def _wait_for_quiet() -> None:
    global _changed_at
    _changed_at = time.monotonic()
    if not bpy.app.background and not bpy.app.timers.is_registered(_compare_changed):
        bpy.app.timers.register(_compare_changed, first_interval=QUIET_SECONDS, persistent=True)


def _compare_changed() -> float | None:
    """Compare one shape whose sources changed; the timer comes again while there are more."""
    if time.monotonic() - _changed_at < QUIET_SECONDS or not _is_in_object_mode():
        return QUIET_SECONDS
    _concerned.update(holder.name for holder in bpy.data.objects if _is_concerned(holder))
    _changed.clear()
    _moved.clear()
    if not _concerned:
        return None
    holder = bpy.data.objects.get(_concerned.pop())
    if neural_shape.has_shape(holder):
        # The panel says what is wrong with a damaged shape when it reads it.
        with suppress(ShapeFileError):
            compare(holder, bpy.context.evaluated_depsgraph_get())
    return 0.0


def _is_concerned(holder: bpy.types.Object) -> bool:
    """Whether a source of the object's shape changed, or another one was chosen."""
    if not neural_shape.has_shape(holder):
        return False
    names = source_names(holder)
    changed = _changed | _moved if len(names) > 1 else _changed
    return not changed.isdisjoint(names) or (holder.name in _changed and _key(holder) not in _edited)


def _is_in_object_mode() -> bool:
    """Whether nothing is being sculpted or edited, which reading a large source would interrupt."""
    active = bpy.context.view_layer.objects.active
    return active is None or active.mode == "OBJECT"
