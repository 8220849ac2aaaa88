"""The panels of morphs: the keys of the next one with their training, and the active one."""

import bpy

from ..core.geometry.placement import DOMAIN_EXTENT
from ..core.neural_shape import NeuralShape
from ..operators.targets import is_morph
from ..scene import neural_shape
from .sidebar import SidebarPanel
from .text import draw_figure, draw_sentence

# The measures that are shown: their names in core.geometry.morph_measures, and as an artist reads them.
FIGURES = (
    ("drift", "Volume drift", "{:.2%}"),
    ("components", "Pieces at most", "{:.0f}"),
    ("jump", "Largest step", "{:.1f}× the mean"),
)


class NEURAL_SHAPES_UL_morph_keys(bpy.types.UIList):
    """Keyed meshes in the order of their frames"""

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index) -> None:
        row = layout.split(factor=0.65)
        row.prop_search(item, "source", bpy.data, "objects", text="")
        row.prop(item, "frame", text="", emboss=False)

    def filter_items(self, context, data, property_name) -> tuple[list[int], list[int]]:
        by_frame = sorted(range(len(data.keys)), key=lambda index: data.keys[index].frame)
        return [], [by_frame.index(index) for index in range(len(by_frame))]


class NEURAL_SHAPES_PT_morph(SidebarPanel, bpy.types.Panel):
    """Meshes keyed at frames, and the button that has a shape flow between them"""

    bl_label = "Morph"
    bl_order = 5

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.neural_shapes_morph
        layout.template_list(
            "NEURAL_SHAPES_UL_morph_keys", "", settings, "keys", settings, "active_key", rows=3
        )
        row = layout.row(align=True)
        row.operator("neural_shapes.key_mesh", icon="KEY_HLT")
        row.operator("neural_shapes.remove_key", icon="KEY_DEHLT")
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        for name in ("mode", "placement", "easing", "seconds", "seed"):
            column.prop(settings, name)
        row = layout.row()
        row.scale_y = 1.4
        row.operator("neural_shapes.train_morph", icon="PLAY")


class NEURAL_SHAPES_PT_active_morph(SidebarPanel, bpy.types.Panel):
    """The active object's morph: its time, how good it is, and what it was trained from"""

    bl_label = "Active Morph"
    bl_parent_id = "NEURAL_SHAPES_PT_morph"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return is_morph(context.object)

    def draw(self, context: bpy.types.Context) -> None:
        layout, holder = self.layout, context.object
        shape = neural_shape.read(holder)
        layout.prop(holder.neural_shapes, "time", slider=True)
        layout.prop(holder.neural_shapes, "true_volume")
        _draw_quality(layout, context, shape)
        _draw_sources(layout, holder)
        layout.operator("neural_shapes.retrain_morph", icon="FILE_REFRESH")
        layout.operator("neural_shapes.export_csv", icon="EXPORT")


def _draw_quality(layout: bpy.types.UILayout, context: bpy.types.Context, shape: NeuralShape) -> None:
    if shape.measures.get("failed"):
        draw_sentence(layout, context, f"Failed: {shape.measures['failed']}", icon="ERROR")
    if not shape.measures:
        why = shape.unmeasured or "Cancelled before it was measured."
        draw_sentence(layout, context, why, icon="INFO")
    column = layout.column(align=True)
    for name, label, form in FIGURES:
        if name in shape.measures:
            draw_figure(column, label, form.format(shape.measures[name]))
    for index, key in enumerate(shape.keys):
        distances = [shape.measures.get(f"chamfer_{way}_key_{index}") for way in ("to", "from")]
        if None not in distances:
            # As a share of the largest side, like the figures of other shapes.
            draw_figure(column, f"Distance to {key.source}", f"{max(distances) / (2 * DOMAIN_EXTENT):.2%}")


def _draw_sources(layout: bpy.types.UILayout, holder: bpy.types.Object) -> None:
    """The objects of the keys, and beside each from the second on the button of the segment to it."""
    settings = holder.neural_shapes_morph
    column = layout.column()
    for index, entry in enumerate(settings.sources):
        row = column.row(align=True)
        row.prop_search(entry, "source", bpy.data, "objects", text="")
        if index > 0:
            button = row.operator("neural_shapes.retrain_morph", text="", icon="FILE_REFRESH")
            button.segment = index - 1
    column.use_property_split = True
    column.use_property_decorate = False
    column.prop(settings, "placement")
