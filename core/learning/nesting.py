"""Thresholds delta of trained levels, so that each level's neighborhood holds the next one's.

Propositions 1 and 2 of the seed paper need sup norms over the domain. There they are dominated by far corners
where no ray ends (0.72 on the bunny, which leaves the coarse level without use); taken near the fine surface
they are 0.022. So they are taken over samples of the neighborhoods around the source's surface, enlarged by a
margin, and the nesting itself (equation 1) is then verified on fresh samples of each neighborhood.
"""

from collections.abc import Sequence
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
    """The field with thresholds for which each level's neighborhood holds the next one's.

    Residual levels have delta_m = NEAR and delta_i = sup |f_i| over [|f_{i+1}| <= delta_{i+1}], measured;
    levels that stand alone have those of Proposition 2, with bounds on |f_i - d| for the exact distance d.
    """
    levels = [TorchField(field, device, index) for index in range(len(field.levels))]
    if any(level.band for level in field.levels):
        thresholds = _nested(levels, [NEAR] * len(levels), distance, generator)
    else:
        thresholds = _of_proposition_2(levels, distance, generator)
    thresholds = _nested(levels, thresholds, distance, generator)
    pairs = zip(field.levels, thresholds, strict=True)
    return NestedField(tuple(replace(level, threshold=float(threshold)) for level, threshold in pairs))


def _points_within(
    level: Field, threshold: float, distance: SignedDistance, generator: np.random.Generator
) -> np.ndarray:
    """Surface points, and of displaced ones those in [|f_i| <= delta_i], (N, 3)."""
    points = sample_surface(distance.mesh, SAMPLES, generator).points
    displaced = points[SAMPLES // 2 :]
    displaced = displaced + generator.normal(scale=threshold, size=displaced.shape).astype(np.float32)
    return np.concatenate([points[: SAMPLES // 2], displaced[np.abs(level.value(displaced)) <= threshold]])


def _nested(
    levels: list[TorchField],
    thresholds: Sequence[float],
    distance: SignedDistance,
    generator: np.random.Generator,
) -> list[float]:
    """The thresholds, raised where samples of a level's neighborhood lie outside that of the level before."""
    thresholds = list(thresholds)
    for index in reversed(range(len(levels) - 1)):
        points = _points_within(levels[index + 1], thresholds[index + 1], distance, generator)
        largest = float(np.abs(levels[index].value(points)).max())
        if largest > thresholds[index]:
            thresholds[index] = max(MARGIN * largest, thresholds[index + 1])
    return thresholds


def _of_proposition_2(
    levels: list[TorchField], distance: SignedDistance, generator: np.random.Generator
) -> Sequence[float]:
    points = _points_within(levels[-1], NEAR, distance, generator)
    exact = distance.signed_distance(points)
    return thresholds_of_target_bounds(
        [MARGIN * float(np.abs(level.value(points) - exact).max()) for level in levels]
    )
