"""The panel that switches the plot over the viewport."""

import bpy

from ..core.shape_file import ShapeFileError
from ..scene import neural_shape
from .sidebar import SidebarPanel


class NEURAL_SHAPES_PT_morph_plot(SidebarPanel, bpy.types.Panel):
    """How good the morph is at each time, drawn over the viewport"""

    bl_label = "Plot"
    bl_parent_id = "NEURAL_SHAPES_PT_active_morph"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        try:
            return neural_shape.has_shape(context.object) and bool(
                neural_shape.read(context.object).over_time
            )
        except ShapeFileError:
            return False

    def draw_header(self, context: bpy.types.Context) -> None:
        self.layout.prop(context.scene.neural_shapes_plot, "enabled", text="")

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.neural_shapes_plot
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.active = settings.enabled
        layout.prop(settings, "measure")
