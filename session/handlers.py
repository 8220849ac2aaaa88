"""All of Blender's events that Neural Shapes listens to."""

import bpy
from bpy.app.handlers import persistent

from . import environment, morph_plot, preview, source_state, timer, worker
from .worker import jobs


@persistent
def _leave_file(*_: object) -> None:
    jobs.abandon()
    preview.leave_file()


@persistent
def _look_at_all_sources(*_: object) -> None:
    source_state.note_all_changed()


@persistent
def _look_at_changed_sources(_: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    updates = [update for update in depsgraph.updates if isinstance(update.id, bpy.types.Object)]
    changed = {update.id.name for update in updates if update.is_updated_geometry}
    if changed:
        source_state.note_changed(changed)
        preview.note_changed(changed)
    moved = {update.id.name for update in updates if update.is_updated_transform}
    if moved:
        source_state.note_moved(moved)


HANDLERS = (
    ("load_pre", _leave_file),
    ("load_post", _look_at_all_sources),
    ("undo_post", _look_at_all_sources),
    ("redo_post", _look_at_all_sources),
    ("depsgraph_update_post", _look_at_changed_sources),
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
    morph_plot.unregister()
    preview.unregister()
    source_state.unregister()
    timer.unregister()
    environment.unregister()
    worker.unregister()
