"""Keeps a space-time field's volume constant while it is trained, by raising or lowering its labels' level.

The labels themselves have a constant volume nearly everywhere; what the network makes of them has not, by
half a percent or so. So its volume is counted at several times, and the labels of each time are shifted by
what the surface would have to move.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ..fields.nested import NestedField
from ..fields.space_time import nested_field_at_time
from ..geometry.volume import jittered_volumes
from .torch_field import TorchField

# Times at which the volume is counted (methods: 11).
KNOTS = 11
# Cells an axis of a count: its noise is 0.1%, and the fit over several offsets takes half of that away.
CELLS = 64
# Relative to its volume the count of a small solid is noisier, and cheaper: it gets more cells.
SMALL_VOLUME, CELLS_OF_SMALL_VOLUME = 0.3, 128
# Offsets of the level, in domain units, between which the volume is counted to know its slope.
OFFSETS = np.linspace(-0.02, 0.02, 9)
# Part of a correction that is made at once, since the network follows it only in part before the next.
GAIN = 0.7
# Shares of the training's steps at which the volume is corrected.
CORRECTIONS = (0.5, 0.6, 0.7, 0.8, 0.87, 0.93)


class VolumeControl:
    """Offsets of the labels over time, piecewise linear between knots, and what they should achieve."""

    def __init__(self, volume: float, device: torch.device, generator: np.random.Generator) -> None:
        """``volume`` is what the field should have at all times, in cubed domain units."""
        # The largest relative error of the volume over all times at the last count; None before the first.
        self.drift: float | None = None
        self._volume, self._device, self._generator = volume, device, generator
        self._times = np.linspace(0, 1, KNOTS)
        self._cells = CELLS if volume >= SMALL_VOLUME else CELLS_OF_SMALL_VOLUME

    def correction(self, field: NestedField) -> Callable[[Tensor], Tensor]:
        """What to add to labels at points (N, 4) so that the field (of space and time) keeps the volume."""
        counts = [self._count(nested_field_at_time(field, float(t))) for t in self._times]
        self.drift = max(abs(volume / self._volume - 1) for volume, _ in counts)
        shifts = np.array([self._shift(volume, slope) for volume, slope in counts])
        knots = torch.as_tensor(GAIN * shifts, dtype=torch.float32, device=self._device)

        def shift(points: Tensor) -> Tensor:
            places = points[:, 3].clamp(0, 1) * (KNOTS - 1)
            before = places.floor().long().clamp(max=KNOTS - 2)
            return torch.lerp(knots[before], knots[before + 1], places - before)

        return shift

    def _count(self, field: NestedField) -> tuple[float, float]:
        """The volume, and how fast it grows with the level that bounds it."""
        volumes = jittered_volumes(TorchField(field, self._device), self._cells, OFFSETS, self._generator)
        _, slope, volume = np.polyfit(OFFSETS, volumes, 2)
        return float(volume), float(slope)

    def _shift(self, volume: float, slope: float) -> float:
        """How far the level has to rise for the right volume, in domain units."""
        if not slope > 0:
            return 0.0
        return float(np.clip((volume - self._volume) / slope, OFFSETS[0], OFFSETS[-1]))
