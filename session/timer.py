"""Keeps the jobs moving: a timer in Blender's window, a blocking wait without one."""

import math
import time
from collections.abc import Callable

import bpy

from .jobs import Job, State
from .worker import jobs

# Ten times a second: a bar that moves smoothly, at well below a hundredth of Blender's time.
INTERVAL_SECONDS = 0.1

# Between lines of progress in a farm's log.
PRINT_SECONDS = 5.0


def follow(job: Job) -> None:
    """See a submitted job through: at once and with progress printed in background, else by the timer."""
    if bpy.app.background:
        jobs.run_to_end(job, _progress_printer())
        if job.sentence and job.state is not State.FAILED:  # Of a failure the caller tells.
            print(f"{job.label}: {job.sentence}", flush=True)
    else:
        keep_updating()


def keep_updating() -> None:
    """Have the timer take what the worker sends until nothing is active, whoever else does so meanwhile."""
    if not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=INTERVAL_SECONDS, persistent=True)


def unregister() -> None:
    """Stop the timer."""
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)


def _tick() -> float | None:
    update_jobs()
    return None if jobs.idle else INTERVAL_SECONDS


def update_jobs() -> None:
    """Take what the worker sent, and have the sidebars tell it."""
    if jobs.update():
        redraw_sidebars()


def redraw_sidebars() -> None:
    """Have the sidebars drawn anew; a heavy scene beside them is left in peace."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            for region in area.regions:
                if area.type == "VIEW_3D" and region.type == "UI":
                    region.tag_redraw()


def _progress_printer() -> Callable[[Job], None]:
    """Prints how far a job is, once in a while and whenever a phase begins."""
    printed_at, printed_phase = 0.0, None

    def print_progress(job: Job) -> None:
        nonlocal printed_at, printed_phase
        phase = job.progress.get("phase", job.task)
        if phase != printed_phase or time.monotonic() - printed_at > PRINT_SECONDS:
            printed_at, printed_phase = time.monotonic(), phase
            print(progress_line(job), flush=True)

    return print_progress


def progress_line(job: Job) -> str:
    """One line on how far a job is, as printed in background."""
    progress = job.progress
    line = f"{job.label}: {progress.get('phase', job.task)}"
    if progress.get("steps"):
        line += f", step {progress['step']} of {progress['steps']}"
    if math.isfinite(progress.get("loss", math.nan)):  # There is none before the first step.
        line += f", loss {progress['loss']:.2e}"
    if progress.get("share") is not None:
        line += f", {progress['share']:.0%}"
    if progress.get("seconds_left") is not None:
        line += f", {progress['seconds_left']:.0f} s left"
    return line
