"""The panel that says how a morph's mesh follows the frame, and what keeps it from that."""

import bpy

from ..session import playback
from .sidebar import SidebarPanel
from .text import draw_sentence


class NEURAL_SHAPES_PT_playback(SidebarPanel, bpy.types.Panel):
    """The mesh at every frame"""

    bl_label = "Playback"
    bl_parent_id = "NEURAL_SHAPES_PT_morph"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return playback.changes_over_time(context.object)

    def draw_header(self, context: bpy.types.Context) -> None:
        self.layout.prop(context.object.neural_shapes_playback, "follow", text="")

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.neural_shapes_playback
        chosen = context.object.neural_shapes_playback
        layout.use_property_split = True
        layout.use_property_decorate = False
        column = layout.column()
        column.active = chosen.follow
        column.prop(chosen, "neural_normals")
        column.prop(settings, "draft_resolution")
        column.prop(settings, "full_resolution")
        column.prop(settings, "cache_megabytes")
        problem = playback.problem(context.object)
        if problem:
            draw_sentence(layout, context, problem, icon="ERROR")
