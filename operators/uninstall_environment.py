"""Uninstall: remove what Install made."""

import bpy

from ..core.errors import NeuralShapesError
from ..session.environment import environment


class NEURAL_SHAPES_OT_uninstall_environment(bpy.types.Operator):
    """Remove the folder that Install made; shapes, previews and stored meshes keep working"""

    bl_idname = "neural_shapes.uninstall_environment"
    bl_label = "Uninstall"
    bl_options = {"INTERNAL"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            environment.uninstall()
        except NeuralShapesError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}
