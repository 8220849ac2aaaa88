"""The plot's event: in every redraw of a viewport the active object's morph is plotted over it."""

import logging

import bpy

from ..core.neural_shape import NeuralShape
from ..scene import neural_shape
from ..scene.plot_properties import MEASURES
from ..viewport.morph_plot import MorphPlot, Rectangle, free_panel, morph_plot
from ..viewport.morph_plot_drawing import draw_plot

_log = logging.getLogger(__name__)

_draw_handlers: list[object] = []
# Objects by their session's number and state of networks whose plot failed, so that it fails once.
_failed: set[tuple[int, str]] = set()


def register() -> None:
    """Draw in all 3D viewports; without a window there is none."""
    if not bpy.app.background:
        handler = bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL")
        _draw_handlers.append(handler)


def unregister() -> None:
    """Stop drawing."""
    while _draw_handlers:
        bpy.types.SpaceView3D.draw_handler_remove(_draw_handlers.pop(), "WINDOW")
    _failed.clear()


def plot_of(context: bpy.types.Context) -> MorphPlot | None:
    """The plot that belongs over the context's viewport, in its region's pixels; None for none.

    Raises ShapeFileError for a shape that cannot be read.
    """
    settings, holder = context.scene.neural_shapes_plot, context.object
    if not settings.enabled or not context.space_data.overlay.show_overlays:
        return None
    if not neural_shape.has_shape(holder):
        return None
    shape = neural_shape.read(holder)
    if not shape.changes_over_time:
        return None
    scale = context.preferences.system.ui_scale
    others = [_rectangle(region) for region in context.area.regions if region.type != "WINDOW"]
    panel = free_panel(_rectangle(context.region), others, scale)
    if panel is None:
        return None
    return _plot(shape, settings.measure, holder.neural_shapes.time, panel, scale)


def _plot(shape: NeuralShape, measure: str, time: float, panel: Rectangle, scale: float) -> MorphPlot | None:
    title = next(name for identifier, name, _ in MEASURES if identifier == measure)
    keys = getattr(shape.field, "times", ())
    return morph_plot(shape.over_time, measure, title, keys, time, panel, scale)


def _draw() -> None:
    context = bpy.context
    if bpy.app.is_job_running("RENDER") or not context.scene.neural_shapes_plot.enabled:
        return
    holder = context.object
    state = (holder.session_uid, neural_shape.shape_uuid(holder)) if neural_shape.has_shape(holder) else None
    if state is None or state in _failed:
        return
    try:
        plot = plot_of(context)
        if plot is not None:
            size = (context.region.width, context.region.height)
            draw_plot(plot, size, context.preferences.system.ui_scale)
    # A draw handler that raises does so at every redraw.
    except Exception:
        _log.exception("The plot of %s failed and is not drawn any more", holder.name)
        _failed.add(state)


def _rectangle(region: bpy.types.Region) -> Rectangle:
    return Rectangle(region.x, region.y, region.width, region.height)
