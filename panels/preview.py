"""The panel that switches the preview of neural surfaces, chooses its look, and says how it is doing."""

import bpy

from ..core.shape_file import ShapeFileError
from ..scene import neural_shape
from ..scene.object_reference import ObjectReference
from ..session.preview import preview
from .sidebar import SidebarPanel
from .text import draw_sentence


class NEURAL_SHAPES_PT_preview(SidebarPanel, bpy.types.Panel):
    """The neural surface in the viewport, without any mesh"""

    bl_label = "Preview"
    bl_order = 3

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return neural_shape.has_shape(context.object)

    def draw(self, context: bpy.types.Context) -> None:
        layout, holder = self.layout, context.object
        enabled = holder.neural_shapes_preview.enabled
        layout.operator(
            "neural_shapes.toggle_preview", icon="HIDE_OFF" if enabled else "HIDE_ON", depress=enabled
        )
        if not enabled:
            return
        _draw_settings(layout, context.scene.neural_shapes_preview)
        if _changes_over_time(holder):
            layout.prop(holder.neural_shapes, "time", slider=True)
        _draw_state(layout, context, ObjectReference.of(holder).key)


def _changes_over_time(holder: bpy.types.Object) -> bool:
    try:
        return neural_shape.read(holder).changes_over_time
    except ShapeFileError:
        return False


def _draw_settings(layout: bpy.types.UILayout, settings: bpy.types.PropertyGroup) -> None:
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    column.prop(settings, "look")
    if settings.look == "SECTION":
        column.row().prop(settings, "section_axis", expand=True)
        column.prop(settings, "section_position", slider=True)
        column.prop(settings, "section_flip")
    if settings.look == "ERROR":
        column.prop(settings, "error")
    else:
        column.prop(settings, "first_hit")
    column.prop(settings, "show_training")


def _draw_state(layout: bpy.types.UILayout, context: bpy.types.Context, key: str) -> None:
    if preview.reason_off:
        retry = "Switch Preview off and on to try again."
        draw_sentence(layout, context, f"{preview.reason_off} {retry}", icon="ERROR")
    elif key in preview.problems:
        draw_sentence(layout, context, preview.problems[key], icon="ERROR")
    elif preview.is_compiling:
        layout.label(text="Compiling shaders…", icon="SORTTIME")
    elif preview.is_refining:
        layout.label(text="Refining…", icon="SORTTIME")
    elif preview.device.path is not None:
        layout.label(text=f"Traced by {preview.device.path.value} shaders", icon="CHECKMARK")
    draw_sentence(layout, context, "Renders show the object's mesh, not the preview.", icon="INFO")
    layout.operator("neural_shapes.extract_surface", text="Make Render Mesh", icon="MESH_DATA")
