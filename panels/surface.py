"""The panel from which the surface of a neural shape is extracted."""

import bpy

from ..scene import neural_shape
from .sidebar import SidebarPanel


class NEURAL_SHAPES_PT_surface(SidebarPanel, bpy.types.Panel):
    """At which resolution, level and offset the mesh is made"""

    bl_label = "Surface"
    bl_order = 3

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return neural_shape.has_shape(context.object)

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.neural_shapes.extraction
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(settings, "resolution")
        layout.prop(settings, "level")
        layout.prop(settings, "offset")
        layout.prop(settings, "faces")
        layout.prop(settings, "trim")
        layout.operator("neural_shapes.extract_surface", icon="MESH_DATA")
