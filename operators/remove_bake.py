"""Remove Bake: the object that plays the active morph's bake goes; the files of its frames stay."""

import bpy

from ..scene.baked_object import bake_of, is_bake, morph_of, remove_bake


def active_bake(context: bpy.types.Context) -> bpy.types.Object | None:
    """The active object if it plays a bake, or the object that plays the active morph's."""
    if is_bake(context.object):
        return context.object
    morph = morph_of(context.object)
    return None if morph is None else bake_of(morph)


class NEURAL_SHAPES_OT_remove_bake(bpy.types.Operator):
    """Remove the object that plays the bake, and show and render the morph itself. The files stay"""

    bl_idname = "neural_shapes.remove_bake"
    bl_label = "Remove Bake"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        baked = active_bake(context)
        if baked is None:
            cls.poll_message_set("The active object has no bake")
            return False
        if not baked.is_editable:
            cls.poll_message_set("The object is linked from another file; make it local first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        remove_bake(active_bake(context), context.view_layer)
        return {"FINISHED"}
