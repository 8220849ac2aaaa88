"""Open Installation Log: what pip and the self-test have printed."""

import bpy

from ..session.environment import log_path


class NEURAL_SHAPES_OT_open_installation_log(bpy.types.Operator):
    """Open the log of installations in the system's text editor"""

    bl_idname = "neural_shapes.open_installation_log"
    bl_label = "Open Installation Log"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        if not log_path().exists():
            self.report({"INFO"}, "There is no log: nothing was installed yet")
            return {"CANCELLED"}
        bpy.ops.wm.path_open(filepath=str(log_path()))
        return {"FINISHED"}
