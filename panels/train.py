"""The panel from which trainings are started."""

import bpy

from ..operators.targets import sources
from .sidebar import SidebarPanel


class NEURAL_SHAPES_PT_train(SidebarPanel, bpy.types.Panel):
    """How to train, and the button that does it"""

    bl_label = "Train"
    bl_order = 0

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.neural_shapes.training
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(settings, "preset")
        layout.prop(settings, "seconds")
        layout.prop(settings, "seed")
        count = len(sources(context))
        row = layout.row()
        row.scale_y = 1.4
        row.operator(
            "neural_shapes.train", text=f"Train {count} Objects" if count > 1 else "Train", icon="PLAY"
        )
        layout.operator("neural_shapes.load_shape", icon="IMPORT")
