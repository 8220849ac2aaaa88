"""Conform: the vertices of the selected meshes move onto a neural shape's surface."""

import bpy

from ..session.conforming import conform
from ..session.mapping import MappingOptions
from .start_mapping import can_map, start_mapping


class NEURAL_SHAPES_OT_conform(bpy.types.Operator):
    """Move the vertices of the selected meshes onto the neural shape's surface"""

    bl_idname = "neural_shapes.conform"
    bl_label = "Conform"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return can_map(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = context.scene.neural_shapes_mapping
        mapping, vertex_group = MappingOptions.of(settings.mapping), settings.normals.vertex_group
        return start_mapping(
            self, context, lambda target, holder: conform(target, holder, mapping, vertex_group)
        )
