"""Load Shape: a neural shape from a file, as a new object."""

from pathlib import Path

import bpy
from bpy_extras.io_utils import ImportHelper

from ..core import shape_file
from ..core.errors import NeuralShapesError
from ..scene.shape_object import add_loaded
from ..session.extraction import extract
from ..session.jobs import State
from .save_shape import FILE_EXTENSION


class NEURAL_SHAPES_OT_load_shape(bpy.types.Operator, ImportHelper):
    """Add a neural shape from a file as a new object, and extract its surface"""

    bl_idname = "neural_shapes.load_shape"
    bl_label = "Load Shape"
    bl_options = {"REGISTER", "UNDO"}

    filename_ext = FILE_EXTENSION
    filter_glob: bpy.props.StringProperty(default=f"*{FILE_EXTENSION};*.shape", options={"HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.mode != "OBJECT":
            cls.poll_message_set("Leave Edit Mode first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        path = Path(bpy.path.abspath(self.filepath))
        try:
            shape = shape_file.load(path)
        except NeuralShapesError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        holder = add_loaded(path.stem, shape, context.view_layer)
        try:
            job = extract(holder, context)
            sentence = job.sentence if job.state is State.FAILED else ""
        except NeuralShapesError as error:
            sentence = str(error)
        if sentence:
            self.report({"WARNING"}, f"The shape is loaded, but has no mesh yet: {sentence}")
        return {"FINISHED"}
