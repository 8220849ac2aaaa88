"""A nested field evaluated by torch: the Field protocol on any device, and tensors for the training loop."""

import numpy as np
import torch
from torch import Tensor

from ..fields.nested import NestedField, ResidualBand
from .devices import torch_device
from .networks import module_of
from .processor import efficient_processor

# Points of one batch: on a CPU the activations of a wide network still fit its caches, on a GPU they fill it.
BATCH_POINTS = {"cpu": 8192, "cuda": 1 << 20, "mps": 1 << 18}


class TorchField:
    """One level of a nested field, with every network that it needs, on a device.

    As a Field it takes and returns float32 numpy arrays in domain units; ``values`` and
    ``values_and_gradients`` take and return tensors of its device.
    """

    def __init__(self, field: NestedField, device: str | torch.device = "auto", level: int = -1) -> None:
        """Raises IndexError without such a level, NeuralShapesError without such a device."""
        last = range(len(field.levels))[level]
        first = max(index for index in range(last + 1) if field.levels[index].band is None)
        self.device = device if isinstance(device, torch.device) else torch_device(device)
        self.dimension = field.dimension
        self._levels = [
            (module_of(chosen.network).to(self.device), chosen.band)
            for chosen in field.levels[first : last + 1]
        ]

    def value(self, points: np.ndarray) -> np.ndarray:
        """The level at points (N, dimension): float32 (N,)."""
        return self.values(self._tensor(points)).cpu().numpy()

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The level and its exact gradient at points: float32 (N,) and (N, dimension)."""
        values, gradients = self.values_and_gradients(self._tensor(points))
        return values.cpu().numpy(), gradients.cpu().numpy()

    @torch.no_grad()
    @efficient_processor()
    def values(self, points: Tensor) -> Tensor:
        """The level at points (N, dimension): (N,)."""
        batches = points.split(BATCH_POINTS[self.device.type])
        return torch.cat([self._values_of_batch(batch) for batch in batches])

    @torch.no_grad()
    @efficient_processor()
    def values_and_gradients(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """The level and its gradient at points (N, dimension): (N,) and (N, dimension)."""
        batches = points.split(BATCH_POINTS[self.device.type])
        values, gradients = zip(
            *(self._values_and_gradients_of_batch(batch) for batch in batches), strict=True
        )
        return torch.cat(values), torch.cat(gradients)

    def _values_of_batch(self, points: Tensor) -> Tensor:
        (base, _), *residuals = self._levels
        values = base(points)
        for network, band in residuals:
            inside = torch.nonzero(values.abs() < band.outer)[:, 0]
            gain, _ = residual_gain_and_slope(band, values[inside])
            values[inside] += gain * network(points[inside])
        return values

    def _values_and_gradients_of_batch(self, points: Tensor) -> tuple[Tensor, Tensor]:
        (base, _), *residuals = self._levels
        values, gradients = base.value_and_gradient(points)
        for network, band in residuals:
            inside = torch.nonzero(values.abs() < band.outer)[:, 0]
            gain, slope = residual_gain_and_slope(band, values[inside])
            residual, residual_gradient = network.value_and_gradient(points[inside])
            values[inside] += gain * residual
            gradients[inside] *= (1 + slope * residual)[:, None]
            gradients[inside] += gain[:, None] * residual_gradient
        return values, gradients

    def _tensor(self, points: np.ndarray) -> Tensor:
        return torch.as_tensor(np.ascontiguousarray(points, dtype=np.float32), device=self.device)


def residual_gain_and_slope(band: ResidualBand, previous: Tensor) -> tuple[Tensor, Tensor]:
    """What a residual r is multiplied by where the level before it is ``previous`` (N,), and its derivative.

    The level is f + gain r with gain = scale w(|f|), so its gradient is (1 + slope r) grad f + gain grad r
    with slope = d gain / d f. Both are (N,).
    """
    x = ((previous.abs() - band.inner) / (band.outer - band.inner)).clamp(0, 1)
    gain = band.scale * (1 - x * x * (3 - 2 * x))
    slope = band.scale * 6 * x * (x - 1) / (band.outer - band.inner) * previous.sign()
    return gain, slope
