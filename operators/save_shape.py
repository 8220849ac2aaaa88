"""Save Shape: the active object's neural shape as a file."""

import bpy
from bpy_extras.io_utils import ExportHelper

from ..core import shape_file
from ..core.errors import NeuralShapesError
from ..scene import neural_shape

# A neural shape is a safetensors file, which other programs can read too.
FILE_EXTENSION = ".safetensors"


class NEURAL_SHAPES_OT_save_shape(bpy.types.Operator, ExportHelper):
    """Save the active object's neural shape as a file"""

    bl_idname = "neural_shapes.save_shape"
    bl_label = "Save Shape"

    filename_ext = FILE_EXTENSION
    filter_glob: bpy.props.StringProperty(default=f"*{FILE_EXTENSION}", options={"HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not neural_shape.has_shape(context.object):
            cls.poll_message_set("Make an object active that carries a neural shape")
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self.filepath = bpy.path.clean_name(context.object.name) + FILE_EXTENSION
        return super().invoke(context, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            size = shape_file.save(neural_shape.read(context.object), bpy.path.abspath(self.filepath))
        except NeuralShapesError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"Saved {size / 1000:.0f} KB to {self.filepath}")
        return {"FINISHED"}
