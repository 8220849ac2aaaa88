"""Export Baked Morph: all frames of the active bake as one Alembic or USD file."""

from pathlib import Path

import bpy
from bpy_extras.io_utils import ExportHelper

from ..core.errors import NeuralShapesError
from ..scene.bake_export import ALEMBIC, SUFFIXES, export_bake
from .remove_bake import active_bake

FORMATS = (
    (".abc", "Alembic", "Understood by nearly every program that renders"),
    (".usdc", "USD", "With materials"),
)


class NEURAL_SHAPES_OT_export_bake(bpy.types.Operator, ExportHelper):
    """Export all frames of the bake as one file, with velocities for motion blur"""

    bl_idname = "neural_shapes.export_bake"
    bl_label = "Export Baked Morph"

    filename_ext = ALEMBIC
    filter_glob: bpy.props.StringProperty(
        default=";".join(f"*{suffix}" for suffix in SUFFIXES), options={"HIDDEN"}
    )
    format: bpy.props.EnumProperty(name="Format", description="The kind of file", items=FORMATS)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if active_bake(context) is None:
            cls.poll_message_set("Bake the morph first")
            return False
        if context.mode != "OBJECT":
            cls.poll_message_set("Leave Edit Mode first")
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self.filename_ext = self.format
        self.filepath = bpy.path.clean_name(active_bake(context).name) + self.format
        return super().invoke(context, event)

    def check(self, context: bpy.types.Context) -> bool:
        self.filename_ext = self.format
        return super().check(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        path = Path(bpy.path.abspath(self.filepath))
        try:
            export_bake(active_bake(context), path, context)
        except NeuralShapesError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"Exported {path.name}")
        return {"FINISHED"}
