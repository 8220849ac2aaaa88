"""A GPU for the viewport's tests, small trained shapes, and fields in float64 to compare with."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from neural_shapes.core.fields.nested import NestedField
from neural_shapes.core.neural_shape import NeuralShape
from neural_shapes.core.shape_file import load

# Written by fit_shapes.py.
SHAPES = Path(__file__).parent / "shapes"
DIFFERENCE = 1e-5


@pytest.fixture(scope="session")
def gpu() -> ModuleType:
    """The gpu module, ready to run shaders without a window."""
    import bpy  # noqa: F401  Blender's modules exist once it is imported
    import gpu

    if not hasattr(gpu, "init"):
        pytest.skip("gpu.init() exists from Blender 5.2 on; before, shaders need a window")
    gpu.init()
    return gpu


@pytest.fixture(scope="session")
def load_shape() -> Callable[[str], NeuralShape]:
    """The shape of a name: residual, independent or space_time."""
    return lambda name: load(SHAPES / f"{name}.safetensors")


@pytest.fixture(scope="session")
def exact() -> Callable[[NestedField, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Value and gradient of a nested field at float64 points, from its definition and central differences."""

    def value(field: NestedField, points: np.ndarray) -> np.ndarray:
        total = np.zeros(len(points))
        for level in field.levels:
            network, activation = level.network, points
            for index in range(len(network.weights) - 1):
                omega = network.hidden_omega if index else network.first_omega
                layer = network.weights[index].astype(np.float64), network.biases[index].astype(np.float64)
                activation = np.sin(omega * (activation @ layer[0].T + layer[1]))
            own = (activation @ network.weights[-1].astype(np.float64).T + network.biases[-1])[:, 0]
            if level.band is None:
                total = own
            else:
                x = np.clip((np.abs(total) - level.band.inner) / (level.band.outer - level.band.inner), 0, 1)
                total = total + level.band.scale * (1 - 3 * x**2 + 2 * x**3) * own
        return total

    def value_and_gradient(field: NestedField, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        steps = DIFFERENCE * np.eye(points.shape[1])
        slopes = [value(field, points + step) - value(field, points - step) for step in steps]
        return value(field, points), np.stack(slopes, axis=1) / (2 * DIFFERENCE)

    return value_and_gradient
