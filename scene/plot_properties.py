"""What the artist sets of the plot over the viewport: whether it is shown, and which measure."""

import bpy

# By the names of ``core.geometry.morph_measures``.
MEASURES = (
    ("drift", "Volume Drift", "How far the volume is from that at the first key"),
    ("components", "Pieces", "Number of components of the surface"),
    ("level_set_residual", "Level-Set Residual", "How far the surface's motion is from that of the flow"),
    ("step", "Step", "Largest distance between the surfaces of neighbouring times"),
    ("eikonal", "Eikonal Error", "How far the field's slope near the surface is from that of a distance"),
)


class PlotSettings(bpy.types.PropertyGroup):
    """The plot of the active object's morph."""

    enabled: bpy.props.BoolProperty(
        name="Plot", description="Draw the active morph's figures over time in the viewport"
    )
    measure: bpy.props.EnumProperty(
        name="Measure", description="What the plot shows", items=MEASURES, default="drift"
    )


def register() -> None:
    """Attach the settings to scenes."""
    bpy.utils.register_class(PlotSettings)
    bpy.types.Scene.neural_shapes_plot = bpy.props.PointerProperty(type=PlotSettings)


def unregister() -> None:
    """Take them off again; what files hold of them stays in the files."""
    del bpy.types.Scene.neural_shapes_plot
    bpy.utils.unregister_class(PlotSettings)
