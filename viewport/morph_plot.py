"""Where the lines and words of a morph's plot over time go: pixels of a viewport, without drawing any."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..core.geometry.morph_limits import limits_over_time

# Sizes at an interface scale of 1, in pixels.
WIDTH, HEIGHT = 300, 110
MARGIN, PADDING, TITLE_HEIGHT, TICK_LENGTH = 16, 10, 22, 6
# A viewport narrower than this has no room for a plot.
LEAST_WIDTH = 160
# Above the largest value and below the smallest one, as a share of what lies between.
HEADROOM = 0.12
# Figures that are shown in per cent, and those that are whole numbers.
SHARES, COUNTS = ("drift",), ("components",)


class Rectangle(NamedTuple):
    """A part of a window in pixels, from its left bottom corner."""

    left: float
    bottom: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The first pixel to its right."""
        return self.left + self.width

    @property
    def top(self) -> float:
        """The first pixel above it."""
        return self.bottom + self.height


class Label(NamedTuple):
    """Words whose baseline begins, or for ``at_right`` ends, at a place."""

    text: str
    place: tuple[float, float]
    at_right: bool = False


@dataclass(frozen=True)
class MorphPlot:
    """Lines and words in pixels: every array has points (N, 2); lines of two points are straight.

    ``curves`` are the measure over time, one for each stretch of numbers. ``is_exceeded`` says that it
    leaves its limits somewhere.
    """

    panel: Rectangle
    curves: tuple[np.ndarray, ...]
    limits: tuple[np.ndarray, ...]
    ticks: tuple[np.ndarray, ...]
    playhead: np.ndarray
    labels: tuple[Label, ...]
    is_exceeded: bool


def free_panel(viewport: Rectangle, others: Iterable[Rectangle], scale: float) -> Rectangle | None:
    """The plot's place at the right bottom of a viewport, beside and above what lies over it there.

    ``others`` are regions of the same area: a tall one at the right, such as the sidebar, moves the plot to
    the left, a wide one at the bottom up. In the viewport's own pixels; None where there is no room.
    """
    right, bottom = viewport.right, viewport.bottom
    for other in others:
        is_over = other.left < viewport.right and other.right > viewport.left and other.width > 1
        if not is_over or other.bottom >= viewport.top or other.top <= viewport.bottom:
            continue
        if other.height > other.width and other.left > viewport.left + viewport.width / 2:
            right = min(right, other.left)
        elif other.width > viewport.width / 2 and other.top < viewport.bottom + viewport.height / 2:
            bottom = max(bottom, other.top)
    margin = MARGIN * scale
    width = min(WIDTH * scale, right - viewport.left - 2 * margin)
    height = HEIGHT * scale
    if width < LEAST_WIDTH * scale or height > viewport.top - bottom - 2 * margin:
        return None
    return Rectangle(right - viewport.left - margin - width, bottom - viewport.bottom + margin, width, height)


def morph_plot(
    over_time: Mapping[str, Sequence[float]],
    measure: str,
    title: str,
    keys: Sequence[float],
    time: float,
    panel: Rectangle,
    scale: float,
) -> MorphPlot | None:
    """A measure over the whole of a morph, with its limit, its keys' times and the present ``time`` (0 to 1).

    ``over_time`` is ``NeuralShape.over_time``; None where that has no such measure.
    """
    times, values = (np.asarray(over_time.get(name, ()), dtype=np.float64) for name in ("time", measure))
    finite = np.isfinite(values)
    if len(times) != len(values) or not finite.any():
        return None
    limit = limits_over_time(over_time).get(measure)
    levels = [] if limit is None else [limit, -limit] if (values[finite] < 0).any() else [limit]
    low, high = (extreme([0.0, *levels, *values[finite]]) for extreme in (min, max))
    room = HEADROOM * ((high - low) or 1.0)
    inner = _inner(panel, scale)

    def place(time: np.ndarray | float, value: np.ndarray | float) -> np.ndarray:
        across = inner.left + inner.width * np.clip(time, 0, 1)
        up = inner.bottom + inner.height * (np.asarray(value) - low + room) / (high - low + 2 * room)
        return np.stack(np.broadcast_arrays(across, up), axis=-1)

    def upright(time: float, height: float) -> np.ndarray:
        across = inner.left + inner.width * min(max(time, 0.0), 1.0)
        return np.array([[across, inner.bottom], [across, inner.bottom + height]])

    now = float(np.interp(time, times[finite], values[finite]))
    return MorphPlot(
        panel=panel,
        curves=tuple(place(times[rows], values[rows]) for rows in _stretches(finite)),
        limits=tuple(place(np.array([0.0, 1.0]), level) for level in levels),
        ticks=tuple(upright(key, TICK_LENGTH * scale) for key in keys),
        playhead=upright(time, inner.height),
        labels=_labels(title, measure, now, limit, inner, scale),
        is_exceeded=limit is not None and bool((np.abs(values[finite]) > limit * (1 + 1e-9)).any()),
    )


def _inner(panel: Rectangle, scale: float) -> Rectangle:
    padding, title = PADDING * scale, TITLE_HEIGHT * scale
    return Rectangle(
        panel.left + padding,
        panel.bottom + padding,
        panel.width - 2 * padding,
        panel.height - title - 2 * padding,
    )


def _labels(
    title: str, measure: str, now: float, limit: float | None, inner: Rectangle, scale: float
) -> tuple[Label, ...]:
    height = inner.top + PADDING * scale
    present = Label(f"{title} {_figure(measure, now)}", (inner.left, height))
    if limit is None:
        return (present,)
    return present, Label(f"limit {_figure(measure, limit)}", (inner.right, height), at_right=True)


def _figure(measure: str, value: float) -> str:
    if measure in SHARES:
        return f"{value:.2%}"
    return f"{value:.0f}" if measure in COUNTS else f"{value:.3g}"


def _stretches(finite: np.ndarray) -> list[np.ndarray]:
    """The places of each run of numbers."""
    places = np.flatnonzero(finite)
    return np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
