"""Which morph is plotted, and that a plot that fails does so once."""

from types import SimpleNamespace

import bpy  # noqa: F401  makes addon_utils importable for the fixture blender
import numpy as np
import pytest
from neural_shapes.core.fields.nested import Level, NestedField
from neural_shapes.core.fields.siren import Siren
from neural_shapes.core.fields.space_time import SpaceTimeField, TrainedSegment
from neural_shapes.core.geometry.placement import Placement
from neural_shapes.core.neural_shape import Key, NeuralShape

PLACEMENT = Placement((0.0, 0.0, 0.0), 1.0)
SIREN = Siren(
    (np.zeros((2, 4), np.float32), np.zeros((1, 2), np.float32)),
    (np.zeros(2, np.float32), np.zeros(1, np.float32)),
    1.0,
    1.0,
)
MORPH = NeuralShape(
    SpaceTimeField((TrainedSegment(NestedField((Level(SIREN, 0.1),))),), (0.0, 1.0)),
    PLACEMENT,
    keys=(Key("a", "", PLACEMENT, 1.0), Key("b", "", PLACEMENT, 1.0)),
    over_time={"time": (0.0, 0.5, 1.0), "drift": (0.0, 0.01, 0.0), "components": (1.0, 2.0, 1.0)},
)
STATIC = NeuralShape(MORPH.at_time(0.0).field, PLACEMENT)


@pytest.fixture
def scene(blender):
    """Blender with a morph as its active object, and the plot switched on."""
    from neural_shapes.scene import neural_shape

    blender.ops.mesh.primitive_cube_add()
    neural_shape.store(blender.context.object, MORPH)
    blender.context.scene.neural_shapes_plot.enabled = True
    return blender


@pytest.fixture
def context(scene):
    """What a draw handler finds in its context, in a viewport of 800 by 600 pixels."""
    region = SimpleNamespace(type="WINDOW", x=0, y=0, width=800, height=600)
    return SimpleNamespace(
        scene=scene.context.scene,
        object=scene.context.object,
        space_data=SimpleNamespace(overlay=SimpleNamespace(show_overlays=True)),
        area=SimpleNamespace(regions=[region]),
        region=region,
        preferences=SimpleNamespace(system=SimpleNamespace(ui_scale=1.0)),
    )


def test_the_active_morph_is_plotted_at_its_time(context):
    from neural_shapes.session.morph_plot import plot_of

    context.object.neural_shapes.time = 0.5
    plot = plot_of(context)
    assert plot.labels[0].text == "Volume Drift 1.00%"
    assert plot.playhead[0, 0] == plot.curves[0][1, 0]
    context.scene.neural_shapes_plot.measure = "components"
    assert plot_of(context).labels[0].text == "Pieces 2"


def test_nothing_is_plotted_where_it_is_off_or_overlays_are_or_there_is_no_measured_morph(context):
    from neural_shapes.scene import neural_shape
    from neural_shapes.session.morph_plot import plot_of

    context.space_data.overlay.show_overlays = False
    assert plot_of(context) is None
    context.space_data.overlay.show_overlays = True
    context.scene.neural_shapes_plot.measure = "eikonal"
    assert plot_of(context) is None
    context.scene.neural_shapes_plot.measure = "drift"
    assert plot_of(context) is not None
    context.scene.neural_shapes_plot.enabled = False
    assert plot_of(context) is None
    context.scene.neural_shapes_plot.enabled = True
    neural_shape.store(context.object, STATIC)
    assert plot_of(context) is None
    neural_shape.remove(context.object)
    assert plot_of(context) is None
    context.object = None
    assert plot_of(context) is None


def test_a_plot_that_fails_is_not_tried_again_until_the_shape_changes(context, monkeypatch):
    from neural_shapes.scene import neural_shape
    from neural_shapes.session import morph_plot

    drawn = []

    def fail(*_):
        drawn.append(1)
        raise RuntimeError("no graphics card")

    monkeypatch.setattr(morph_plot, "draw_plot", fail)
    monkeypatch.setattr(
        morph_plot,
        "bpy",
        SimpleNamespace(context=context, app=SimpleNamespace(is_job_running=lambda _: False)),
    )
    morph_plot._draw()
    morph_plot._draw()
    assert len(drawn) == 1
    neural_shape.store(context.object, MORPH)
    morph_plot._draw()
    assert len(drawn) == 2
    morph_plot.unregister()


def test_nothing_is_drawn_while_rendering_or_in_the_background(context, monkeypatch):
    from neural_shapes.session import morph_plot

    drawn = []
    monkeypatch.setattr(morph_plot, "draw_plot", lambda *_: drawn.append(1))
    rendering = SimpleNamespace(is_job_running=lambda kind: kind == "RENDER")
    monkeypatch.setattr(morph_plot, "bpy", SimpleNamespace(context=context, app=rendering))
    morph_plot._draw()
    assert not drawn
    # Tests run without a window, where no handler was added.
    assert not morph_plot._draw_handlers


def test_only_a_measured_morph_has_the_panel(scene):
    from neural_shapes.scene import neural_shape

    panel = scene.types.NEURAL_SHAPES_PT_morph_plot
    assert panel.poll(scene.context)
    neural_shape.store(scene.context.object, STATIC)
    assert not panel.poll(scene.context)
