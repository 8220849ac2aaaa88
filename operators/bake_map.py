"""Bake Map: an image of a neural shape's detail for each of the selected meshes."""

import bpy

from ..session.baking import BakeOptions, bake
from ..session.mapping import MappingOptions
from .start_mapping import can_map, start_mapping


class NEURAL_SHAPES_OT_bake_map(bpy.types.Operator):
    """Bake the neural shape's detail into an image for the active UV map of each selected mesh"""

    bl_idname = "neural_shapes.bake_map"
    bl_label = "Bake Map"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return can_map(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = context.scene.neural_shapes_mapping
        mapping, options = MappingOptions.of(settings.mapping), BakeOptions.of(settings.baking)
        return start_mapping(self, context, lambda target, holder: bake(target, holder, mapping, options))
