"""Thresholds of levels that change over time, so that they are nested at every time."""

from collections.abc import Callable

import numpy as np
import torch

from ..fields.nested import NestedField
from ..geometry.sampling import sample_surface
from ..meshing.isosurface import IsosurfaceError, extract_isosurface
from .nesting import MARGIN, NEAR
from .torch_field import TorchField

# Times at which the neighborhoods are measured, and at the times between them verified.
TIMES = np.linspace(0, 1, 7)
# Cells an axis of the surfaces near which points are taken, and points of each.
RESOLUTION = 48
SAMPLES = 8000


def thresholds_over_time(
    at_time: Callable[[float], NestedField], device: torch.device, generator: np.random.Generator
) -> tuple[float, ...]:
    """delta of each level, valid at all times: delta_m = NEAR, delta_i = sup |f_i| over [|f_m| <= NEAR].

    The sup is taken over samples at many times (see ``nesting`` for why near the surface), with a margin.
    """
    between = (TIMES[:-1] + TIMES[1:]) / 2
    largest = np.zeros(len(at_time(0.0).levels))
    for time in (*TIMES, *between):
        field = at_time(float(time))
        levels = [TorchField(field, device, index) for index in range(len(field.levels))]
        points = _points_near(levels[-1], generator)
        if len(points):
            largest = np.maximum(largest, [np.abs(level.value(points)).max() for level in levels])
    coarse = np.maximum(MARGIN * np.maximum.accumulate(largest[::-1])[::-1][:-1], NEAR)
    return (*(float(threshold) for threshold in coarse), NEAR)


def _points_near(finest: TorchField, generator: np.random.Generator) -> np.ndarray:
    """Points of [|f_m| <= NEAR], (N, 3); none where there is no surface."""
    try:
        surface = extract_isosurface(finest, RESOLUTION).mesh
    except IsosurfaceError:
        return np.empty((0, 3), dtype=np.float32)
    points = sample_surface(surface, SAMPLES, generator).points
    # Marching cubes leaves vertices a little off the level set; one Newton step brings them onto it.
    values, gradients = finest.value_and_gradient(points)
    squares = np.maximum((gradients**2).sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    points = points - values[:, None] * gradients / squares
    points += generator.normal(scale=NEAR, size=points.shape).astype(np.float32)
    return points[np.abs(finest.value(points)) <= NEAR]
