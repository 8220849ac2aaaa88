"""Scrubbing: the mesh of a morph follows its Time, by what is ready or what the worker makes.

Nothing waits here. A change of the frame or of Time shows what is ready or asks the worker for it. A timer
takes the answers, asks for the finer mesh once the playhead rests, and then for the frames that playback
comes to next. Renders, and Blender without a window, show a bake or the mesh that is there.
"""

import logging

import bpy

from ..core.shape_file import ShapeFileError
from ..scene import neural_shape
from ..scene.object_reference import ObjectReference
from .following import Following, cache
from .timer import redraw_sidebars, update_jobs

# Between two looks for an answer: half a frame at 25 frames a second.
TICK_SECONDS = 0.02
# Between two looks whether a render is over.
RENDER_SECONDS = 0.5

_log = logging.getLogger(__name__)

_following: dict[int, Following] = {}
_is_rendering = False


def problem(holder: bpy.types.Object) -> str:
    """Why an object's mesh does not follow its Time, in a sentence; empty while it does."""
    found = _following.get(holder.session_uid)
    return found.problem if found else ""


def changes_over_time(holder: bpy.types.Object | None) -> bool:
    """Whether an object carries a shape that can be read and has a Time."""
    try:
        return neural_shape.has_shape(holder) and neural_shape.read(holder).changes_over_time
    except ShapeFileError:
        return False  # The panel says what is wrong with it.


def note_update(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    """Follow what a change of the frame or of the scene has made of the objects' Time; never raises."""
    if not can_follow():
        return
    # A handler that raises does so at every frame.
    try:
        for update in depsgraph.updates:
            if isinstance(update.id, bpy.types.Object) and neural_shape.has_shape(update.id):
                _note_time(scene, update.id.original, update.id.neural_shapes.time)
    except Exception:
        _log.exception("Following the frame failed")
    _keep_ticking()


def note_file() -> None:
    """Look at all objects once things are quiet, as after loading or undo."""
    if can_follow() and not bpy.app.timers.is_registered(_look_at_all):
        bpy.app.timers.register(_look_at_all, first_interval=0.0, persistent=True)


def note_render(is_rendering: bool) -> None:
    """Nothing follows from the beginning of a render to its end."""
    global _is_rendering
    _is_rendering = is_rendering


def leave_file() -> None:
    """Forget the objects and frames of the file that is being closed."""
    _following.clear()
    cache.clear()


def unregister() -> None:
    """Stop following, and let go of all frames."""
    for timer in (_tick, _look_at_all):
        if bpy.app.timers.is_registered(timer):
            bpy.app.timers.unregister(timer)
    _following.clear()
    cache.clear()


def has_window() -> bool:
    """Whether there is anybody to follow the frame for."""
    return not bpy.app.background


def can_follow() -> bool:
    """Whether meshes may be changed now: a render reads them from another thread."""
    return has_window() and not _is_rendering and not bpy.app.is_job_running("RENDER")


def is_playing() -> bool:
    """Whether the playhead moves by itself."""
    return any(window.screen.is_animation_playing for window in bpy.context.window_manager.windows)


def _look_at_all() -> None:
    if not can_follow():
        return
    scene, depsgraph = bpy.context.scene, bpy.context.evaluated_depsgraph_get()
    for holder in scene.objects:
        if neural_shape.has_shape(holder):
            _note_time(scene, holder, holder.evaluated_get(depsgraph).neural_shapes.time)
    cache.keep_holders({holder.session_uid for holder in bpy.data.objects})
    _keep_ticking()


def _note_time(scene: bpy.types.Scene, holder: bpy.types.Object, now: float) -> None:
    if not follows(holder):
        _drop(holder.session_uid)
        return
    uid = holder.session_uid
    if uid not in _following:
        _following[uid] = Following(ObjectReference.of(holder))
    with _following[uid].failing_alone():
        _following[uid].note_time(scene, holder, now)


def _drop(uid: int) -> None:
    """Let an object's mesh stay from now on, whatever was asked for it."""
    dropped = _following.pop(uid, None)
    if dropped is not None:
        dropped.query.drop()


def follows(holder: bpy.types.Object) -> bool:
    """Whether an object's mesh is to follow; not while it is edited, nor where it cannot be changed."""
    if not holder.neural_shapes_playback.follow or holder.type != "MESH" or holder.mode != "OBJECT":
        return False
    return holder.is_editable and changes_over_time(holder)


def _keep_ticking() -> None:
    if _following and not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=TICK_SECONDS)


def _tick() -> float | None:
    """Take answers and ask on; the timer comes again while there is anything to wait for."""
    if not can_follow():
        return RENDER_SECONDS
    is_waiting, told = False, _problems()
    update_jobs()
    for uid, following in list(_following.items()):
        holder = following.reference.find()
        if holder is None or not follows(holder):
            _drop(uid)
            continue
        with following.failing_alone():
            is_waiting |= following.go_on(bpy.context.scene, holder, is_playing())
    if _problems() != told:
        redraw_sidebars()
    return TICK_SECONDS if is_waiting else None


def _problems() -> list[str]:
    return [found.problem for found in _following.values()]
