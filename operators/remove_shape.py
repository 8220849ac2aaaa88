"""Remove Shape: take the networks off the selected objects, whose meshes stay."""

import bpy

from ..scene import neural_shape
from ..scene.preview_properties import set_previewed
from ..scene.shape_object import has_own_shape
from .targets import has_idle_shapes, idle_shapes, shapes


class NEURAL_SHAPES_OT_remove_shape(bpy.types.Operator):
    """Take the networks off the selected objects and end their preview; their meshes stay as they are"""

    bl_idname = "neural_shapes.remove_shape"
    bl_label = "Remove Shape"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not has_idle_shapes(cls, context):
            return False
        if not all(map(has_own_shape, shapes(context))):
            cls.poll_message_set("The neural shape is linked from another file; make it local first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen, removed = shapes(context), idle_shapes(context)
        for holder in removed:
            set_previewed(holder, False)
        freed = sum(neural_shape.remove(holder) for holder in removed)
        what = f"{len(removed)} neural shapes" if len(removed) > 1 else "the neural shape"
        self.report({"INFO"}, f"Removed {what}: {freed / 1000:.0f} KB freed")
        for holder in chosen:
            if holder not in removed:
                self.report({"WARNING"}, f"“{holder.name}” is being worked on; cancel that first.")
        return {"FINISHED"}
