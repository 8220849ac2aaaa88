"""Open Log: what the worker and its libraries have printed."""

import bpy

from ..session.worker import log_path


class NEURAL_SHAPES_OT_open_log(bpy.types.Operator):
    """Open the log of this session's worker in the system's text editor"""

    bl_idname = "neural_shapes.open_log"
    bl_label = "Open Log"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        if not log_path().exists():
            self.report({"INFO"}, "There is no log yet: no worker was started in this session")
            return {"CANCELLED"}
        bpy.ops.wm.path_open(filepath=str(log_path()))
        return {"FINISHED"}
