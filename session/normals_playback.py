"""Transferred normals that follow the frame: anew once a morph has changed and the playhead rests."""

import time

import bpy

from ..core.errors import NeuralShapesError
from ..scene import neural_shape
from .following import REST_SECONDS
from .jobs import Job, State
from .normals import may_follow, transfer_again
from .playback import can_follow, changes_over_time, is_playing
from .timer import keep_updating, redraw_sidebars, update_jobs
from .worker import jobs

# Between two looks for a playhead at rest, and for answers.
TICK_SECONDS = 0.1
# Times closer than this are one: a property keeps them in 32 bits.
SAME_TIME = 1e-5

# By the target's number in this session.
_open: dict[int, Job] = {}
_changed_at = 0.0
_is_asked = True
_problems: dict[int, str] = {}


def problem(target: bpy.types.Object) -> str:
    """Why an object's normals do not follow, in a sentence; empty while they do."""
    return _problems.get(target.session_uid, "")


def note_update(depsgraph: bpy.types.Depsgraph) -> None:
    """When one of the objects concerned has changed, look once things are quiet whether normals follow it."""
    global _changed_at, _is_asked
    if can_follow() and any(_concerns(update.id) for update in depsgraph.updates):
        _changed_at, _is_asked = time.monotonic(), False
        if not bpy.app.timers.is_registered(_tick):
            bpy.app.timers.register(_tick, first_interval=TICK_SECONDS)


def leave_file() -> None:
    """Forget what was asked for in the file that is being closed."""
    global _is_asked
    _is_asked = True
    _open.clear()
    _problems.clear()


def unregister() -> None:
    """Stop following."""
    leave_file()
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)


def _concerns(changed: bpy.types.ID) -> bool:
    return isinstance(changed, bpy.types.Object) and (
        neural_shape.has_shape(changed) or changed.neural_shapes_normals.follow
    )


def _tick() -> float | None:
    """Ask once the playhead rests, and take the answers; the timer comes again until all are there."""
    global _is_asked
    if not can_follow():
        return TICK_SECONDS
    told = dict(_problems)
    if _open:
        update_jobs()
        _settle()
    elif not _is_asked and not is_playing() and time.monotonic() - _changed_at >= REST_SECONDS:
        _is_asked = True
        for target in bpy.data.objects:
            if (holder := _moved_on(target)) is not None:
                _ask(target, holder)
    if _problems != told:
        redraw_sidebars()
    return None if _is_asked and not _open else TICK_SECONDS


def _ask(target: bpy.types.Object, holder: bpy.types.Object) -> None:
    """Ask for a target's normals; where that cannot be they stay, and the panel says why."""
    _problems.pop(target.session_uid, None)
    try:
        _open[target.session_uid] = transfer_again(target, holder)
    except NeuralShapesError as error:
        _problems[target.session_uid] = str(error)
    else:
        # This timer ends with the file, and what was asked for does not.
        keep_updating()


def _settle() -> None:
    """Let go of the questions that are answered; of one that failed the panel says why."""
    for uid, job in [(uid, job) for uid, job in _open.items() if not job.active]:
        if job.state is State.FAILED:
            _problems[uid] = job.sentence
        jobs.forget(job.uuid)
        del _open[uid]


def _moved_on(target: bpy.types.Object) -> bpy.types.Object | None:
    """The morph that a target's normals are to follow, if it is at another time than they are."""
    settings = target.neural_shapes_normals
    holder = bpy.data.objects.get(settings.detail)
    if not may_follow(target) or not changes_over_time(holder):
        return None
    return holder if abs(holder.neural_shapes.time - settings.time) > SAME_TIME else None
