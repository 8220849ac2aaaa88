"""Random networks, random points, and float64 oracles written straight from the formulas."""

from collections.abc import Callable

import numpy as np
import pytest
from neural_shapes.core.fields.nested import NestedField
from neural_shapes.core.fields.siren import Siren

Function = Callable[[np.ndarray], np.ndarray]


def _random_siren(width: int, depth: int, dimension: int = 3, omega: float = 30.0, seed: int = 0) -> Siren:
    """A network with the SIREN paper's initialisation, its hidden weights within sqrt(6 / width) / omega."""
    generator = np.random.default_rng(seed)
    sizes = [dimension, *[width] * (depth + 1), 1]
    bounds = [1 / dimension, *[np.sqrt(6 / width) / omega] * (depth + 1)]
    layers = list(zip(sizes, sizes[1:], bounds, strict=False))
    weights = [generator.uniform(-bound, bound, (after, before)) for before, after, bound in layers]
    biases = [generator.uniform(-bound, bound, after) for _, after, bound in layers]
    return Siren(
        tuple(weight.astype(np.float32) for weight in weights),
        tuple(bias.astype(np.float32) for bias in biases),
        omega,
        omega,
    )


def _exact_siren(network: Siren) -> Function:
    """The network in float64, one layer after the other, as the class's docstring says."""

    def value(points: np.ndarray) -> np.ndarray:
        activation = np.asarray(points, dtype=np.float64)
        for place, (weight, bias) in enumerate(zip(network.weights[:-1], network.biases[:-1], strict=True)):
            omega = network.first_omega if place == 0 else network.hidden_omega
            activation = np.sin(omega * (activation @ weight.astype(np.float64).T + bias))
        return (activation @ network.weights[-1].astype(np.float64).T + network.biases[-1])[:, 0]

    return value


def _exact_nested(field: NestedField) -> Function:
    """f_i = f_{i-1} + scale w(|f_{i-1}|) r_i for residual levels, in float64, with w written out."""

    def value(points: np.ndarray) -> np.ndarray:
        total = np.zeros(len(points))
        for level in field.levels:
            network = _exact_siren(level.network)(points)
            if level.band is None:
                total = network
                continue
            x = (np.abs(total) - level.band.inner) / (level.band.outer - level.band.inner)
            weight = np.where(x <= 0, 1.0, np.where(x >= 1, 0.0, 1 - 3 * x**2 + 2 * x**3))
            total = total + level.band.scale * weight * network
        return total

    return value


def _central_differences(function: Function, points: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """The gradient (N, D) of a float64 function; its error is of the order of step^2 and rounding / step."""
    points = np.asarray(points, dtype=np.float64)
    steps = step * np.eye(points.shape[1])
    return np.stack([(function(points + s) - function(points - s)) / (2 * step) for s in steps], axis=1)


@pytest.fixture
def random_siren() -> Callable[..., Siren]:
    return _random_siren


@pytest.fixture
def exact_siren() -> Callable[[Siren], Function]:
    return _exact_siren


@pytest.fixture
def exact_nested() -> Callable[[NestedField], Function]:
    return _exact_nested


@pytest.fixture
def central_differences() -> Callable[..., np.ndarray]:
    return _central_differences


@pytest.fixture
def domain_points() -> Callable[[int], np.ndarray]:
    """5,000 points of the unit domain with the given number of coordinates."""
    return lambda dimension: np.random.default_rng(1).uniform(-1, 1, (5000, dimension)).astype(np.float32)
