"""Dismiss: take the message of a failed job off the panel."""

import bpy

from ..session.worker import jobs


class NEURAL_SHAPES_OT_dismiss(bpy.types.Operator):
    """Take this message away"""

    bl_idname = "neural_shapes.dismiss"
    bl_label = "Dismiss"
    bl_options = {"INTERNAL"}

    key: bpy.props.StringProperty(name="Object", description="The key of the object in the table of jobs")

    def execute(self, context: bpy.types.Context) -> set[str]:
        jobs.forget(self.key)
        return {"FINISHED"}
