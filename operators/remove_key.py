"""Remove Key: the next morph does not pass through the active key's mesh."""

import bpy


class NEURAL_SHAPES_OT_remove_key(bpy.types.Operator):
    """Remove the active key; the mesh itself stays as it is"""

    bl_idname = "neural_shapes.remove_key"
    bl_label = "Remove Key"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        settings = context.scene.neural_shapes_morph
        if not 0 <= settings.active_key < len(settings.keys):
            cls.poll_message_set("Choose a key to remove")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = context.scene.neural_shapes_morph
        settings.keys.remove(settings.active_key)
        settings.active_key = max(0, min(settings.active_key, len(settings.keys) - 1))
        return {"FINISHED"}
