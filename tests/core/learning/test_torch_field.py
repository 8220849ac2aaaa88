"""A nested field evaluated by torch is the nested field evaluated by numpy."""

import numpy as np
import pytest
import torch
from neural_shapes.core.errors import NeuralShapesError
from neural_shapes.core.fields.nested import Level, NestedField, ResidualBand
from neural_shapes.core.learning.devices import torch_device
from neural_shapes.core.learning.networks import initial_siren
from neural_shapes.core.learning.recipes import NetworkRecipe
from neural_shapes.core.learning.torch_field import TorchField


@pytest.fixture
def field():
    generator = torch.Generator().manual_seed(3)
    networks = [initial_siren(NetworkRecipe(width, 1), 3, generator) for width in (32, 48, 64)]
    bands = [None, ResidualBand(0.3, 0.02, 0.05), ResidualBand(0.2, 0.01, 0.03)]
    return NestedField(
        tuple(Level(network, 0.1, band) for network, band in zip(networks, bands, strict=True))
    )


@pytest.mark.parametrize("level", [0, 1, 2, -1])
def test_every_level_agrees_with_numpy(field, level):
    points = np.random.default_rng(0).uniform(-1, 1, (20_000, 3)).astype(np.float32)
    by_torch = TorchField(field, "cpu", level)
    values, gradients = by_torch.value_and_gradient(points)
    expected_values, expected_gradients = field.level(level).value_and_gradient(points)
    np.testing.assert_allclose(by_torch.value(points), field.level(level).value(points), atol=1e-5)
    np.testing.assert_allclose(values, expected_values, atol=1e-5)
    np.testing.assert_allclose(gradients, expected_gradients, atol=1e-3)


def test_a_missing_device_is_one_sentence():
    missing = "mps" if torch.cuda.is_available() else "cuda"
    with pytest.raises(NeuralShapesError, match=f"no {missing} device.*choose auto or cpu"):
        torch_device(missing)


def test_an_unknown_device_is_named_with_the_known_ones():
    with pytest.raises(NeuralShapesError, match="auto, cpu, cuda, mps"):
        torch_device("tpu")


def test_auto_always_finds_a_device():
    assert torch_device("auto").type in ("cpu", "cuda")
