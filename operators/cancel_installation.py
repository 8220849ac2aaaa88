"""Cancel Installation: end it; what was installed before stays."""

import bpy

from ..session.environment import environment


class NEURAL_SHAPES_OT_cancel_installation(bpy.types.Operator):
    """End the installation. What was installed before stays"""

    bl_idname = "neural_shapes.cancel_installation"
    bl_label = "Cancel Installation"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not environment.is_installing:
            cls.poll_message_set("Nothing is being installed")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        environment.cancel()
        return {"FINISHED"}
