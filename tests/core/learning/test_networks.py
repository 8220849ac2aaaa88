"""The torch networks compute what the numpy networks compute, and their handwritten derivatives are exact."""

import numpy as np
import pytest
import torch
from neural_shapes.core.learning.differentiation import SirenValue, SirenValueAndGradient
from neural_shapes.core.learning.networks import SirenModule, initial_siren
from neural_shapes.core.learning.recipes import NetworkRecipe

OMEGAS = (4.0, 3.0, 3.0, 1.0)


@pytest.fixture
def siren():
    return initial_siren(NetworkRecipe(64, 2, first_omega=45.0), 3, torch.Generator().manual_seed(0))


@pytest.fixture
def points():
    return np.random.default_rng(0).uniform(-1, 1, (500, 3)).astype(np.float32)


@pytest.fixture(params=[1, 2])
def threads(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
def test_torch_and_numpy_agree(siren, points):
    module = SirenModule(siren)
    with torch.no_grad():
        values, gradients = module.value_and_gradient(torch.tensor(points))
        np.testing.assert_array_equal(module(torch.tensor(points)), values)
    expected_values, expected_gradients = siren.value_and_gradient(points)
    np.testing.assert_allclose(values, expected_values, atol=1e-5)
    np.testing.assert_allclose(gradients, expected_gradients, atol=1e-4)


def test_weights_survive_the_way_to_torch_and_back(siren):
    returned = SirenModule(siren).to_siren()
    for before, after in zip(
        (*siren.weights, *siren.biases), (*returned.weights, *returned.biases), strict=True
    ):
        np.testing.assert_array_equal(before, after)
    assert (returned.first_omega, returned.hidden_omega) == (siren.first_omega, siren.hidden_omega)


def _parameters_and_points(dimension: int = 3) -> tuple[torch.Tensor, ...]:
    """A small network in float64: points, weights, biases."""
    generator = torch.Generator().manual_seed(1)
    sizes = [dimension, 5, 5, 5, 1]
    shapes = [*zip(sizes[1:], sizes[:-1], strict=True), *((size,) for size in sizes[1:])]
    tensors = [0.5 * torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]
    points = torch.randn((4, dimension), generator=generator, dtype=torch.float64)
    return points, *(tensor.requires_grad_() for tensor in tensors)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("function", [SirenValue, SirenValueAndGradient])
@pytest.mark.parametrize("dimension", [3, 4])
def test_derivatives_by_the_weights_are_those_of_finite_differences(function, dimension):
    points, *parameters = _parameters_and_points(dimension)
    torch.autograd.gradcheck(lambda *p: function.apply(points, OMEGAS, *p), parameters, fast_mode=False)


def test_the_gradient_by_the_points_is_that_of_automatic_differentiation():
    points, *parameters = _parameters_and_points()
    points.requires_grad_()
    activation = points
    for weight, bias, omega in zip(parameters[:3], parameters[4:7], OMEGAS[:3], strict=True):
        activation = torch.sin(omega * (activation @ weight.T + bias))
    values = activation @ parameters[3][0] + parameters[7]
    (expected,) = torch.autograd.grad(values.sum(), points)
    found_values, found = SirenValueAndGradient.apply(points.detach(), OMEGAS, *parameters)
    torch.testing.assert_close(found_values, values)
    torch.testing.assert_close(found, expected)


def test_first_weights_keep_phases_alike_from_layer_to_layer(points):
    """Sitzmann et al. 2020, theorem 1.8: phases of hidden layers are close to normal with deviation 1."""
    siren = initial_siren(NetworkRecipe(256, 3), 3, torch.Generator().manual_seed(0))
    activation = np.sin(siren.first_omega * (points @ siren.weights[0].T + siren.biases[0]))
    for weight, bias in zip(siren.weights[1:-1], siren.biases[1:-1], strict=True):
        phase = siren.hidden_omega * (activation @ weight.T + bias)
        assert 0.8 < phase.std() < 1.3
        activation = np.sin(phase)
