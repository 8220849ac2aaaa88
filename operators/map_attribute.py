"""Map Attribute: displacement, curvature or cavity on the vertices of the selected meshes."""

import bpy

from ..core.mapping.attributes import Attribute
from ..scene.mapping_properties import ATTRIBUTES
from ..session.mapping import MappingOptions
from ..session.surface_attributes import map_attribute
from .start_mapping import can_map, start_mapping


class NEURAL_SHAPES_OT_map_attribute(bpy.types.Operator):
    """Put a property of the neural shape's surface on the vertices of the selected meshes"""

    bl_idname = "neural_shapes.map_attribute"
    bl_label = "Map to Vertices"
    bl_options = {"REGISTER"}

    attribute: bpy.props.EnumProperty(
        name="Attribute",
        items=[item for item in ATTRIBUTES if item[0] is not Attribute.NORMAL],
        default=Attribute.CURVATURE,
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return can_map(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        mapping = MappingOptions.of(context.scene.neural_shapes_mapping.mapping)
        attribute = Attribute(self.attribute)
        return start_mapping(
            self, context, lambda target, holder: map_attribute(target, holder, mapping, attribute)
        )
