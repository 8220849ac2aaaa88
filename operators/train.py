"""Train: a neural shape for each selected object."""

import bpy

from ..session.training import train
from .start_jobs import start_jobs
from .targets import active_job, sources


class NEURAL_SHAPES_OT_train(bpy.types.Operator):
    """Train a neural shape on each selected object. It arrives as a new object beside its source"""

    bl_idname = "neural_shapes.train"
    bl_label = "Train"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not sources(context):
            cls.poll_message_set("Select a mesh, curve, text or metaball that is no neural shape yet")
            return False
        if all(active_job(source) for source in sources(context)):
            cls.poll_message_set("The selected objects are being trained on; cancel that first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        return start_jobs(self, context, sources(context), train)
