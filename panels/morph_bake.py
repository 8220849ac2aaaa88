"""The panel from which morphs are baked, and bakes are exported or removed."""

import bpy

from ..core.shape_file import ShapeFileError
from ..operators.remove_bake import active_bake
from ..scene import neural_shape
from ..scene.baked_object import morph_of
from .sidebar import SidebarPanel


class NEURAL_SHAPES_PT_morph_bake(SidebarPanel, bpy.types.Panel):
    """Frames of the morph as files, for rendering"""

    bl_label = "Bake Morph"
    bl_parent_id = "NEURAL_SHAPES_PT_morph"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        morph = morph_of(context.object)
        try:
            return morph is not None and neural_shape.read(morph).changes_over_time
        except ShapeFileError:
            return False

    def draw(self, context: bpy.types.Context) -> None:
        layout, morph = self.layout, morph_of(context.object)
        settings = morph.neural_shapes_bake
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(settings, "resolution")
        layout.prop(settings, "scene_frames")
        if not settings.scene_frames:
            layout.prop(settings, "first")
            layout.prop(settings, "last")
        layout.prop(settings, "step")
        layout.prop(settings, "folder")
        layout.prop(settings, "carry")
        baked = active_bake(context)
        text = "Bake Morph" if baked is None else "Bake Again"
        layout.operator("neural_shapes.bake_morph", text=text, icon="RENDER_ANIMATION")
        if baked is not None:
            played = baked.neural_shapes_played_bake
            layout.label(text=f"Plays frames {played.first} to {played.last}", icon="CHECKMARK")
            layout.operator("neural_shapes.export_bake", icon="EXPORT")
            layout.operator("neural_shapes.remove_bake", icon="TRASH")
