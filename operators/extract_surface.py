"""Extract Surface: the selected neural shapes' meshes anew, at any resolution, level and offset."""

import bpy

from ..session.extraction import extract
from .start_jobs import start_jobs
from .targets import has_idle_shapes, shapes


class NEURAL_SHAPES_OT_extract_surface(bpy.types.Operator):
    """Replace the mesh of each selected neural shape by its surface at these settings"""

    bl_idname = "neural_shapes.extract_surface"
    bl_label = "Extract Surface"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_idle_shapes(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return start_jobs(self, context, shapes(context), extract)
