"""Fields to trace: a bumpy torus, exact and as a nested neural shape whose last layers are fitted here."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from neural_shapes.core.fields.analytic import Torus
from neural_shapes.core.fields.nested import Level, NestedField, ResidualBand
from neural_shapes.core.fields.siren import Siren
from neural_shapes.core.geometry.placement import Placement
from neural_shapes.core.neural_shape import NeuralShape

TORUS = Torus(0.55, 0.25)
BUMP_HEIGHT, BUMP_FREQUENCY = 0.02, 14.0
BAND = ResidualBand(0.01, 0.04, 0.08)


@dataclass(frozen=True)
class BumpyTorus:
    """A torus with bumps of at most ``height``; close to a distance, with a Lipschitz constant near 1."""

    height: float = BUMP_HEIGHT
    dimension: int = 3

    def value(self, points: np.ndarray) -> np.ndarray:
        """The value at points (N, 3)."""
        return self.value_and_gradient(points)[0]

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The value and its gradient at points (N, 3)."""
        values, gradients = TORUS.value_and_gradient(points)
        sines, cosines = np.sin(BUMP_FREQUENCY * points), np.cos(BUMP_FREQUENCY * points)
        slopes = [cosines[:, axis] * sines[:, axis - 1] * sines[:, axis - 2] for axis in range(3)]
        values = values + self.height * sines.prod(axis=1)
        return values, gradients + self.height * BUMP_FREQUENCY * np.stack(slopes, axis=1)


def _fitted_siren(
    width: int, depth: int, omega: float, points: np.ndarray, targets: np.ndarray, seed: int
) -> Siren:
    """A network with random hidden layers, its last one fitted by least squares: a real SIREN in a second."""
    generator = np.random.default_rng(seed)
    sizes = [3, *[width] * (depth + 1)]
    layers = list(zip(sizes[1:], sizes, strict=False))
    weights = [generator.uniform(-1, 1, size) * np.sqrt(3 / size[1]) for size in layers]
    biases = [generator.uniform(-np.pi, np.pi, size[0]) for size in layers]
    activation = points
    for weight, bias, scale in zip(weights, biases, [omega] + [1.0] * depth, strict=True):
        activation = np.sin(scale * (activation @ weight.T + bias / scale))
    features = np.concatenate([activation, np.ones((len(points), 1))], axis=1)
    last = np.linalg.lstsq(features, targets, rcond=1e-6)[0]
    weights, biases = [*weights, last[None, :-1]], [*biases, last[-1:]]
    biases[0] = biases[0] / omega
    return Siren(
        tuple(weight.astype(np.float32) for weight in weights),
        tuple(bias.astype(np.float32) for bias in biases),
        omega,
        1.0,
    )


@pytest.fixture(scope="session")
def bumpy_torus() -> BumpyTorus:
    return BumpyTorus()


@pytest.fixture(scope="session")
def bumpy_torus_of() -> Callable[[float], BumpyTorus]:
    """Bumpy tori with bumps of the given height."""
    return BumpyTorus


@pytest.fixture(scope="session")
def neural_shape() -> NeuralShape:
    """A coarse level that misses the bumps and a residual that has them, nested by measured thresholds."""
    generator = np.random.default_rng(0)
    points = generator.uniform(-1.05, 1.05, (12_000, 3))
    base = _fitted_siren(96, 1, 2.0, points, TORUS.value(points).astype(np.float64), seed=1)
    candidates = generator.uniform(-1.05, 1.05, (200_000, 3))
    near = candidates[np.abs(base.value(candidates)) < BAND.outer][:15_000]
    error = (BumpyTorus().value(near) - base.value(near)) / BAND.scale
    residual = _fitted_siren(512, 0, 10.0, near, error, seed=2)
    coarse, fine = Level(base, 1.0), Level(residual, 1.0, BAND)
    both = NestedField((coarse, fine))
    inside = np.abs(both.value(near)) < 0.005
    threshold = 1.2 * float(np.abs(base.value(near[inside])).max())
    nested = NestedField((Level(base, threshold), Level(residual, 0.005, BAND)))
    lipschitz = np.linalg.norm(nested.value_and_gradient(points)[1], axis=1).max()
    return NeuralShape(nested, Placement(), measures={"lipschitz": float(lipschitz)})
