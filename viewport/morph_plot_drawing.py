"""Draws a morph's plot over a viewport, as the gpu module and blf can."""

from collections.abc import Sequence

import blf
import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader

from .morph_plot import Label, MorphPlot, Rectangle

Colour = tuple[float, float, float, float]

# Colours are those of the screen (sRGB), as the interface's own are.
BACKGROUND: Colour = (0.1, 0.1, 0.1, 0.75)
TEXT: Colour = (0.9, 0.9, 0.9, 1.0)
CURVE: Colour = (0.45, 0.75, 1.0, 1.0)
# Of a curve that leaves its limits somewhere.
EXCEEDED: Colour = (1.0, 0.45, 0.35, 1.0)
LIMIT: Colour = (0.95, 0.75, 0.25, 0.7)
KEYS: Colour = (0.9, 0.9, 0.9, 0.8)
PLAYHEAD: Colour = (0.3, 0.5, 1.0, 0.9)
# Pixels at an interface scale of 1.
LINE_WIDTH, CURVE_WIDTH, TEXT_SIZE = 1.0, 2.0, 11
FONT = 0


def draw_plot(plot: MorphPlot, viewport: tuple[float, float], scale: float) -> None:
    """Draw into the region that is bound, of the size ``viewport`` in pixels, leaving the state as it was."""
    blend = gpu.state.blend_get()
    gpu.state.blend_set("ALPHA")
    try:
        _draw_panel(plot.panel)
        for lines, colour, width in (
            (plot.limits, LIMIT, LINE_WIDTH),
            (plot.ticks, KEYS, LINE_WIDTH),
            (plot.curves, EXCEEDED if plot.is_exceeded else CURVE, CURVE_WIDTH),
            ((plot.playhead,), PLAYHEAD, LINE_WIDTH),
        ):
            _draw_lines(lines, colour, width * scale, viewport)
        for label in plot.labels:
            _draw_label(label, scale)
    finally:
        gpu.state.blend_set(blend)


def _draw_panel(panel: Rectangle) -> None:
    corners = [
        (panel.left, panel.bottom), (panel.right, panel.bottom),
        (panel.right, panel.top), (panel.left, panel.top),
    ]  # fmt: skip
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    shader.uniform_float("color", BACKGROUND)
    batch_for_shader(shader, "TRIS", {"pos": corners}, indices=[(0, 1, 2), (0, 2, 3)]).draw(shader)


def _draw_lines(
    lines: Sequence[np.ndarray], colour: Colour, width: float, viewport: tuple[float, float]
) -> None:
    shader = gpu.shader.from_builtin("POLYLINE_UNIFORM_COLOR")
    shader.uniform_float("viewportSize", viewport)
    shader.uniform_float("lineWidth", width)
    shader.uniform_float("color", colour)
    for line in lines:
        points = np.column_stack([line, np.zeros(len(line))]).astype(np.float32)
        batch_for_shader(shader, "LINE_STRIP", {"pos": points}).draw(shader)


def _draw_label(label: Label, scale: float) -> None:
    blf.size(FONT, TEXT_SIZE * scale)
    blf.color(FONT, *TEXT)
    left, bottom = label.place
    if label.at_right:
        left -= blf.dimensions(FONT, label.text)[0]
    blf.position(FONT, left, bottom, 0)
    blf.draw(FONT, label.text)
