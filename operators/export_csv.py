"""Export CSV: the active morph's figures over time as a table."""

from pathlib import Path

import bpy
from bpy_extras.io_utils import ExportHelper

from ..core.command.measures import write_csv
from ..core.errors import NeuralShapesError
from ..scene import neural_shape
from .targets import is_morph


class NEURAL_SHAPES_OT_export_csv(bpy.types.Operator, ExportHelper):
    """Save the active morph's volume, pieces, steps and errors over time as a table"""

    bl_idname = "neural_shapes.export_csv"
    bl_label = "Export CSV"

    filename_ext = ".csv"
    filter_glob: bpy.props.StringProperty(default="*.csv", options={"HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not is_morph(context.object):
            cls.poll_message_set("Make an object active that carries a morph")
            return False
        if not neural_shape.read(context.object).over_time:
            cls.poll_message_set("This morph was not measured; retrain it")
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self.filepath = bpy.path.clean_name(context.object.name) + self.filename_ext
        return super().invoke(context, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        path = Path(bpy.path.abspath(self.filepath))
        try:
            write_csv(neural_shape.read(context.object).over_time, path)
        except NeuralShapesError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"Saved the figures to {path}")
        return {"FINISHED"}
