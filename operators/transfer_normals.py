"""Transfer Normals: the selected meshes are shaded with a neural shape's detail."""

import bpy

from ..session.mapping import MappingOptions
from ..session.normals import NormalsOptions, transfer_normals
from .start_mapping import can_map, start_mapping


class NEURAL_SHAPES_OT_transfer_normals(bpy.types.Operator):
    """Shade the selected meshes with the neural shape's normals, as custom normals"""

    bl_idname = "neural_shapes.transfer_normals"
    bl_label = "Transfer Normals"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return can_map(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = context.scene.neural_shapes_mapping
        mapping, options = MappingOptions.of(settings.mapping), NormalsOptions.of(settings.normals)
        return start_mapping(
            self, context, lambda target, holder: transfer_normals(target, holder, mapping, options)
        )
