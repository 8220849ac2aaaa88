"""Nested neural fields: levels from coarse to fine, each alone or a residual in the previous band."""

from dataclasses import dataclass

import numpy as np

from .field import Field
from .perceptron import Perceptron
from .siren import Siren

Network = Siren | Perceptron


@dataclass(frozen=True)
class ResidualBand:
    """Where and how strongly a residual network corrects the level before it (M-plicits, NeurIPS 2026).

    The level's value is f + scale w(|f|) r, with f the previous level, r the network, and w a smoothstep
    that is 1 up to ``inner`` and 0 from ``outer`` on. All three are lengths in domain units.
    """

    scale: float
    inner: float
    outer: float

    def __post_init__(self) -> None:
        if not (self.scale > 0 and 0 <= self.inner < self.outer):
            raise ValueError("A residual band needs a positive scale and 0 <= inner < outer.")

    def weight(self, distance: np.ndarray) -> np.ndarray:
        """w at distances |f| (N,): 1 inside the inner band, 0 outside the outer one."""
        x = self._fraction(distance)
        return 1 - x * x * (3 - 2 * x)

    def weight_derivative(self, distance: np.ndarray) -> np.ndarray:
        """dw/d|f| at distances |f| (N,), in 1 / domain units."""
        x = self._fraction(distance)
        return 6 * x * (x - 1) / np.float32(self.outer - self.inner)

    def _fraction(self, distance: np.ndarray) -> np.ndarray:
        return np.clip((distance - np.float32(self.inner)) / np.float32(self.outer - self.inner), 0, 1)


@dataclass(frozen=True)
class Level:
    """One network of a nested field, its threshold, and its band if it is a residual.

    ``threshold`` is the seed paper's delta: the neighborhood [|f_j| <= delta_j] contains the neighborhood
    of the next level (equation 1). In domain units.
    """

    network: Network
    threshold: float
    band: ResidualBand | None = None


@dataclass(frozen=True)
class NestedField:
    """Levels sorted by cost, coarse to fine; as a Field it is its finest level."""

    levels: tuple[Level, ...]

    def __post_init__(self) -> None:
        if not self.levels:
            raise ValueError("A nested field needs at least one level.")
        if self.levels[0].band is not None:
            raise ValueError("The first level has no level before it to be a residual of.")
        if len({level.network.dimension for level in self.levels}) != 1:
            raise ValueError("All levels of a nested field need points of the same dimension.")

    @property
    def dimension(self) -> int:
        """Number of coordinates of a point: 3, or 4 with time."""
        return self.levels[0].network.dimension

    @property
    def thresholds(self) -> tuple[float, ...]:
        """delta of each level, coarse to fine, in domain units."""
        return tuple(level.threshold for level in self.levels)

    @property
    def parameter_count(self) -> int:
        """Number of weights and biases of all levels."""
        return sum(level.network.parameter_count for level in self.levels)

    def level(self, index: int) -> Field:
        """The field of one level, with every network that it needs; negative indices count from the end.

        Raises IndexError when there is no such level.
        """
        index = range(len(self.levels))[index]
        field: Field = self.levels[index].network
        first = index
        while self.levels[first].band is not None:
            first -= 1
        if first < index:
            field = ResidualField(self.levels[first].network, self.levels[first + 1 : index + 1])
        return field

    def value(self, points: np.ndarray) -> np.ndarray:
        """The finest level at points (N, dimension): float32 (N,), domain units."""
        return self.level(-1).value(points)

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The finest level and its gradient at points (N, dimension): float32 (N,), (N, dimension)."""
        return self.level(-1).value_and_gradient(points)


@dataclass(frozen=True)
class ResidualField:
    """A base network and the residual levels added to it one after the other."""

    base: Network
    residuals: tuple[Level, ...]

    @property
    def dimension(self) -> int:
        """Number of coordinates of a point: 3, or 4 with time."""
        return self.base.dimension

    def value(self, points: np.ndarray) -> np.ndarray:
        """The sum of the levels at points (N, dimension): float32 (N,), domain units.

        A residual network is evaluated only where its weight is not zero.
        """
        points = np.asarray(points, dtype=np.float32)
        values = self.base.value(points)
        for level in self.residuals:
            inside = np.flatnonzero(np.abs(values) < level.band.outer)
            weight = level.band.weight(np.abs(values[inside]))
            values[inside] += np.float32(level.band.scale) * weight * level.network.value(points[inside])
        return values

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The sum of the levels and its exact gradient, the weights' own gradients included."""
        points = np.asarray(points, dtype=np.float32)
        values, gradients = self.base.value_and_gradient(points)
        for level in self.residuals:
            inside = np.flatnonzero(np.abs(values) < level.band.outer)
            previous, distance = values[inside], np.abs(values[inside])
            residual, residual_gradient = level.network.value_and_gradient(points[inside])
            scale = np.float32(level.band.scale)
            weight = level.band.weight(distance)
            # d(w(|f|) r) = w' sign(f) r grad f + w grad r
            slope = level.band.weight_derivative(distance) * np.sign(previous) * residual
            values[inside] = previous + scale * weight * residual
            gradients[inside] *= (1 + scale * slope)[:, None]
            gradients[inside] += (scale * weight)[:, None] * residual_gradient
        return values, gradients
