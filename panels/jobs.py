"""The panel of what is being worked on: bars, seconds left, and what went wrong."""

import bpy

from ..session import morph_baking
from ..session.jobs import Job, State
from ..session.worker import jobs
from .sidebar import SidebarPanel
from .text import draw_sentence, time_text


class NEURAL_SHAPES_PT_jobs(SidebarPanel, bpy.types.Panel):
    """What the worker does, and what became of it"""

    bl_label = "Work"
    bl_order = 1

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bool(_shown() or jobs.told)

    def draw(self, context: bpy.types.Context) -> None:
        for job in jobs.told:
            box = self.layout.box()
            header = box.row()
            header.label(text=job.label)
            header.operator("neural_shapes.dismiss", text="", icon="X", emboss=False).key = job.uuid
            if job.state is State.FAILED:
                draw_sentence(box, context, job.sentence, icon="ERROR")
                box.operator("neural_shapes.open_log", icon="TEXT")
            else:
                draw_sentence(box, context, job.sentence, icon="INFO")
        for job in _shown():
            box = self.layout.box()
            header = box.row()
            header.label(text=job.label)
            button = header.row()
            button.enabled = not job.cancelling
            button.operator(
                "neural_shapes.cancel", text="", icon="CANCEL", emboss=False
            ).request = job.request
            _draw_progress(box, context, job)


def _shown() -> list[Job]:
    """The jobs that the artist waits for."""
    return [job for job in jobs.active if not job.is_query]


def _draw_progress(layout: bpy.types.UILayout, context: bpy.types.Context, job: Job) -> None:
    if jobs.is_waiting(job):
        draw_sentence(layout, context, "Ready; the result arrives in Object Mode.", icon="CHECKMARK")
        return
    progress = job.progress
    layout.progress(factor=progress.get("share", 0.0), text=_state_text(job))
    if progress.get("seconds_left") is not None and not job.cancelling:
        layout.label(text=f"About {time_text(progress['seconds_left'])} left", icon="TIME")
    if progress.get("phase") == "training" and progress.get("step"):
        layout.label(text=f"Step {progress['step']} of {progress['steps']}, loss {progress['loss']:.2e}")
    elif job.task == morph_baking.TASK and "steps" in progress:
        layout.label(text=f"{progress['step']} of {progress['steps']} frames are done")
    if progress.get("drift") is not None:
        layout.label(text=f"Volume drifts by {progress['drift']:.1%}")


def _state_text(job: Job) -> str:
    if job.cancelling:
        return "Cancelling"
    if job.state is State.QUEUED:
        return "Waiting for its turn"
    return str(job.progress.get("phase", "Starting")).capitalize()
