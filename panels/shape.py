"""The panel of the active object's neural shape: how good it is, how large, and whether it is up to date."""

import bpy

from ..core.fields.space_time import SpaceTimeField
from ..core.geometry.placement import DOMAIN_EXTENT
from ..core.neural_shape import NeuralShape
from ..core.shape_file import ShapeFileError
from ..scene import neural_shape
from ..session.source_state import SourceState, source_state
from .sidebar import SidebarPanel
from .text import draw_figure, draw_sentence, size_text

# The measures that are shown: their names in core.geometry.measures, what an artist calls them, their format.
FIGURES = (
    ("chamfer", "Mean distance", "{:.2%}"),
    ("hausdorff_99", "99% within", "{:.2%}"),
    ("normal_degrees", "Normals", "{:.1f}°"),
    ("components", "Parts", "{:.0f}"),
)
# Lengths are shown as shares of the bounding box's largest side.
LENGTHS = frozenset({"chamfer", "hausdorff_99"})


class NEURAL_SHAPES_PT_shape(SidebarPanel, bpy.types.Panel):
    """The active object's neural shape"""

    bl_label = "Neural Shape"
    bl_order = 2

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return neural_shape.has_shape(context.object)

    def draw(self, context: bpy.types.Context) -> None:
        layout, holder = self.layout, context.object
        try:
            shape = neural_shape.read(holder)
        except ShapeFileError as error:
            draw_sentence(layout, context, str(error), icon="ERROR")
            layout.operator("neural_shapes.remove_shape", icon="TRASH")
            return
        _draw_state(layout, context, holder, shape)
        _draw_figures(layout, shape)
        if not shape.keys:
            column = layout.column()
            column.use_property_split = True
            column.use_property_decorate = False
            column.prop_search(holder.neural_shapes, "source", bpy.data, "objects")
            layout.operator("neural_shapes.resume", icon="FILE_REFRESH")
        layout.operator("neural_shapes.save_shape", icon="EXPORT")
        size = size_text(neural_shape.size(holder))
        layout.operator("neural_shapes.remove_shape", text=f"Remove Shape ({size})", icon="TRASH")


def _draw_state(
    layout: bpy.types.UILayout, context: bpy.types.Context, holder: bpy.types.Object, shape: NeuralShape
) -> None:
    state = source_state(holder)
    if shape.measures.get("failed") and not shape.keys:
        draw_sentence(layout, context, f"Failed: {shape.measures['failed']}", icon="ERROR")
    if shape.unmeasured and not shape.keys:
        draw_sentence(layout, context, shape.unmeasured, icon="INFO")
    if state is SourceState.EDITED:
        what = "a keyed mesh was edited, moved or exchanged" if shape.keys else "the source was edited"
        draw_sentence(layout, context, f"Out of date: {what} since.", icon="ERROR")
    elif state is SourceState.MISSING:
        what = "One of its sources" if shape.keys else "Its source"
        draw_sentence(layout, context, f"{what} is not in this file.", icon="INFO")
    else:
        layout.label(text="Up to date", icon="CHECKMARK")
    if shape.provenance.repairs.sentence:
        draw_sentence(layout, context, shape.provenance.repairs.sentence, icon="INFO")


def _draw_figures(layout: bpy.types.UILayout, shape: NeuralShape) -> None:
    """How good and how large a shape is; the figures of a morph are in its own panel."""
    column = layout.column(align=True)
    for name, label, form in FIGURES:
        if name in shape.measures and not shape.keys:
            value = shape.measures[name] / (2 * DOMAIN_EXTENT) if name in LENGTHS else shape.measures[name]
            draw_figure(column, label, form.format(value))
    field = shape.field.at_time(0.0) if isinstance(shape.field, SpaceTimeField) else shape.field
    networks = " ▷ ".join(level.network.notation for level in field.levels)
    draw_figure(column, "Networks", networks)
    draw_figure(column, "Training", f"{shape.provenance.recipe}, seed {shape.provenance.seed}")
