"""Resume: train the selected neural shapes further, starting from what they have learned."""

import bpy

from ..session.training import resume
from .start_jobs import start_jobs
from .targets import has_idle_shapes, shapes


class NEURAL_SHAPES_OT_resume(bpy.types.Operator):
    """Train the selected neural shapes further, from what they learned; also on a source that was edited"""

    bl_idname = "neural_shapes.resume"
    bl_label = "Resume Training"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_idle_shapes(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return start_jobs(self, context, shapes(context), resume)
