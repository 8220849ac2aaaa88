"""Check Environment: two training steps in the environment that is in use, and what it ran on."""

import bpy

from ..core.errors import NeuralShapesError
from ..session.environment import environment


class NEURAL_SHAPES_OT_check_environment(bpy.types.Operator):
    """Train two steps on the chosen device, and show PyTorch's version, the device and its memory"""

    bl_idname = "neural_shapes.check_environment"
    bl_label = "Check Environment"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            environment.check()
        except NeuralShapesError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if environment.problem:  # Without a window it has ended.
            self.report({"ERROR"}, environment.problem)
            return {"CANCELLED"}
        return {"FINISHED"}
