"""Thresholds delta of trained levels, so that each level's neighborhood holds the next one's.

Propositions 1 and 2 of the seed paper need sup norms over the domain. There they are dominated by far corners
where no ray ends (0.72 on the bunny, which leaves the coarse level without use); taken near the fine surface
they are 0.022. So they are taken over [|f_m| <= NEAR] and the source's surface, enlarged by a margin, and the
nesting itself (equation 1) is then verified on fresh samples.
"""

from dataclasses import replace

import numpy as np
import torch

from ..fields.field import Field
from ..fields.nested import NestedField
from ..fields.thresholds import thresholds_of_target_bounds
from ..geometry.distance import SignedDistance
from ..geometry.sampling import sample_surface
from .torch_field import TorchField

# Half width of the neighborhood of the fine surface where the sup norms are taken, in domain units: several
# times the fine level's error, so that the neighborhood holds the source's surface as well.
NEAR = 2e-3
# Samples of the surface, half of them displaced; a sup norm over so many leaves about one point in a hundred
# thousand outside, which the margin and the verification are for.
SAMPLES = 60_000
MARGIN = 1.05


def with_thresholds(
    field: NestedField, distance: SignedDistance, device: torch.device, generator: np.random.Generator
) -> NestedField:
    """The field with thresholds for which its levels are nested around its finest surface.

    Residual levels have delta_m = NEAR and delta_i = sup |f_i| over [|f_{i+1}| <= delta_{i+1}], measured;
    levels that stand alone have those of Proposition 2, with bounds on |f_i - d| for the exact distance d.
    """
    levels = [TorchField(field, device, index) for index in range(len(field.levels))]
    points = _points_near(levels[-1], distance, generator)
    if any(level.band for level in field.levels):
        thresholds = _measured(levels, points)
    else:
        thresholds = _of_proposition_2(levels, points, distance)
    thresholds = _verified(levels, thresholds, _points_near(levels[-1], distance, generator))
    pairs = zip(field.levels, thresholds, strict=True)
    return NestedField(tuple(replace(level, threshold=float(threshold)) for level, threshold in pairs))


def _points_near(finest: Field, distance: SignedDistance, generator: np.random.Generator) -> np.ndarray:
    """Surface points, and of displaced ones those in [|f_m| <= NEAR], (N, 3)."""
    points = sample_surface(distance.mesh, SAMPLES, generator).points
    displaced = points[SAMPLES // 2 :]
    displaced = displaced + generator.normal(scale=NEAR, size=displaced.shape).astype(np.float32)
    return np.concatenate([points[: SAMPLES // 2], displaced[np.abs(finest.value(displaced)) <= NEAR]])


def _measured(levels: list[TorchField], points: np.ndarray) -> list[float]:
    thresholds = [NEAR]
    for level in reversed(levels[:-1]):
        thresholds.insert(0, max(MARGIN * float(np.abs(level.value(points)).max()), thresholds[0]))
    return thresholds


def _of_proposition_2(levels: list[TorchField], points: np.ndarray, distance: SignedDistance) -> list[float]:
    exact = distance.signed_distance(points)
    bounds = [MARGIN * float(np.abs(level.value(points) - exact).max()) for level in levels]
    return list(thresholds_of_target_bounds(bounds))


def _verified(levels: list[TorchField], thresholds: list[float], fresh: np.ndarray) -> list[float]:
    """Thresholds, raised where fresh samples of a neighborhood lie outside the one before it."""
    thresholds = list(thresholds)
    values = [np.abs(level.value(fresh)) for level in levels]
    for index in reversed(range(len(levels) - 1)):
        inside_next = values[index + 1] <= thresholds[index + 1]
        if inside_next.any():
            thresholds[index] = max(thresholds[index], MARGIN * float(values[index][inside_next].max()))
    return thresholds
