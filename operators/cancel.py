"""Cancel: end one job or all of them, keeping what a training has reached."""

import bpy

from ..session.worker import jobs


class NEURAL_SHAPES_OT_cancel(bpy.types.Operator):
    """End this work. A training keeps the best that it has reached"""

    bl_idname = "neural_shapes.cancel"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}

    request: bpy.props.IntProperty(
        name="Job",
        description="The number of the job to cancel; 0 cancels all of them",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not jobs.active:
            cls.poll_message_set("Nothing is being worked on")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        for job in jobs.active:
            if self.request in (0, job.request):
                jobs.cancel(job)
        return {"FINISHED"}
