"""The panel from which morphs are baked, and bakes are exported or removed."""

import bpy

from ..operators.remove_bake import active_bake
from ..scene.baked_object import is_bake, morph_of
from ..scene.morph_bake_properties import MorphBakeSettings
from ..session.playback import changes_over_time
from .sidebar import SidebarPanel


class NEURAL_SHAPES_PT_morph_bake(SidebarPanel, bpy.types.Panel):
    """Frames of the morph as files, for rendering"""

    bl_label = "Bake Morph"
    bl_parent_id = "NEURAL_SHAPES_PT_morph"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return is_bake(context.object) or changes_over_time(morph_of(context.object))

    def draw(self, context: bpy.types.Context) -> None:
        layout, morph, baked = self.layout, morph_of(context.object), active_bake(context)
        layout.use_property_split = True
        layout.use_property_decorate = False
        if changes_over_time(morph):
            _draw_settings(layout, morph.neural_shapes_bake)
            text = "Bake Morph" if baked is None else "Bake Again"
            layout.operator("neural_shapes.bake_morph", text=text, icon="RENDER_ANIMATION")
        if baked is not None:
            played = baked.neural_shapes_played_bake
            layout.label(text=f"Plays frames {played.first} to {played.last}", icon="CHECKMARK")
            layout.operator("neural_shapes.export_bake", icon="EXPORT")
            layout.operator("neural_shapes.remove_bake", icon="TRASH")


def _draw_settings(layout: bpy.types.UILayout, settings: MorphBakeSettings) -> None:
    layout.prop(settings, "resolution")
    layout.prop(settings, "scene_frames")
    if not settings.scene_frames:
        layout.prop(settings, "first")
        layout.prop(settings, "last")
    layout.prop(settings, "step")
    layout.prop(settings, "folder")
    layout.prop(settings, "carry")
