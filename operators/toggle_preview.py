"""Preview: show neural surfaces in the viewport by sphere tracing, without any mesh."""

import bpy

from ..scene.preview_properties import set_previewed
from ..session.preview import preview
from .targets import has_shapes, shapes


class NEURAL_SHAPES_OT_toggle_preview(bpy.types.Operator):
    """Sphere trace the neural surface in the viewport, in place of its mesh; renders are not concerned"""

    bl_idname = "neural_shapes.toggle_preview"
    bl_label = "Preview"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_shapes(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen = shapes(context)
        switch_on = not all(holder.neural_shapes_preview.enabled for holder in chosen)
        for holder in chosen:
            set_previewed(holder, switch_on)
        if switch_on:
            preview.switch_on()
        return {"FINISHED"}
