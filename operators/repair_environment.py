"""Repair: install again what was installed, or what was tried last."""

import bpy

from ..core.errors import NeuralShapesError
from ..session.environment import environment, suitable_build


class NEURAL_SHAPES_OT_repair_environment(bpy.types.Operator):
    """Install the same build again; the old one stays until the new one has passed its test"""

    bl_idname = "neural_shapes.repair_environment"
    bl_label = "Repair"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        name = environment.installed.build if environment.installed is not None else ""
        if environment.installation is not None:
            name = environment.installation.plan.build.name
        try:
            environment.install(suitable_build(name).build)
        except NeuralShapesError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if environment.problem:  # Without a window it has ended.
            self.report({"ERROR"}, environment.problem)
            return {"CANCELLED"}
        return {"FINISHED"}
