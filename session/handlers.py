"""All of Blender's events that Neural Shapes listens to."""

import bpy
from bpy.app.handlers import persistent

from . import environment, morph_plot, normals_playback, playback, preview, source_state, timer, worker
from .worker import jobs


@persistent
def _leave_file(*_: object) -> None:
    """Let go of the file that another took the place of; one that cannot be opened leaves all as it is."""
    jobs.abandon()
    preview.leave_file()
    playback.leave_file()
    normals_playback.leave_file()


@persistent
def _look_at_whole_file(*_: object) -> None:
    source_state.note_all_changed()
    playback.note_file()


@persistent
def _look_at_changed_meshes(_: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    updates = _object_updates(depsgraph)
    preview.note_changed({update.id.name for update in updates if update.is_updated_geometry})


@persistent
def _look_at_changed_sources(_: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    updates = _object_updates(depsgraph)
    changed = {update.id.name for update in updates if update.is_updated_geometry}
    if changed:
        source_state.note_changed(changed)
    moved = {update.id.name for update in updates if update.is_updated_transform}
    if moved:
        source_state.note_moved(moved)


def _object_updates(depsgraph: bpy.types.Depsgraph) -> list[bpy.types.DepsgraphUpdate]:
    return [update for update in depsgraph.updates if isinstance(update.id, bpy.types.Object)]


@persistent
def _follow_time(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    playback.note_update(scene, depsgraph)
    normals_playback.note_update(depsgraph)


@persistent
def _begin_render(*_: object) -> None:
    playback.note_render(True)


@persistent
def _end_render(*_: object) -> None:
    playback.note_render(False)


HANDLERS = (
    ("load_post", _leave_file),
    ("load_post", _look_at_whole_file),
    ("undo_post", _look_at_whole_file),
    ("redo_post", _look_at_whole_file),
    ("depsgraph_update_post", _look_at_changed_sources),
    ("depsgraph_update_post", _look_at_changed_meshes),
    ("depsgraph_update_post", _follow_time),
    ("frame_change_post", _look_at_changed_meshes),
    ("frame_change_post", _follow_time),
    ("render_init", _begin_render),
    ("render_complete", _end_render),
    ("render_cancel", _end_render),
)


def register() -> None:
    """Listen, and tell the worker what the preferences say."""
    for event, handler in HANDLERS:
        getattr(bpy.app.handlers, event).append(handler)
    worker.register()
    preview.register()
    morph_plot.register()
    environment.register()


def unregister() -> None:
    """Stop listening, and end the worker."""
    for event, handler in HANDLERS:
        getattr(bpy.app.handlers, event).remove(handler)
    normals_playback.unregister()
    playback.unregister()
    morph_plot.unregister()
    preview.unregister()
    source_state.unregister()
    timer.unregister()
    environment.unregister()
    worker.unregister()
