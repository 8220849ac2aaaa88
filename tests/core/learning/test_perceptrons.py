"""Perceptrons in torch compute what those in numpy compute, and start as their authors say."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from neural_shapes.core import shape_file
from neural_shapes.core.geometry.distance import SignedDistance
from neural_shapes.core.learning import progress, samples
from neural_shapes.core.learning.perceptrons import INITIAL_RADIUS, PerceptronModule, initial_perceptron
from neural_shapes.core.learning.recipes import COMPACT, FOURIER, IGR, PerceptronRecipe
from neural_shapes.core.learning.train import train

RECIPES = [
    PerceptronRecipe(16, 3),
    PerceptronRecipe(16, 3, features=5),
    PerceptronRecipe(16, 3, "softplus", skip=2),
]


@pytest.fixture(params=RECIPES, ids=["relu", "fourier", "igr"])
def network(request):
    return initial_perceptron(request.param, torch.Generator().manual_seed(0))


@pytest.fixture
def points():
    return np.random.default_rng(0).uniform(-1, 1, (500, 3)).astype(np.float32)


def test_torch_and_numpy_agree(network, points):
    module = PerceptronModule(network)
    values, gradients = module.value_and_gradient(torch.tensor(points))
    expected_values, expected_gradients = network.value_and_gradient(points)
    np.testing.assert_allclose(values.detach(), expected_values, atol=1e-5)
    np.testing.assert_allclose(module(torch.tensor(points)).detach(), values.detach(), atol=1e-6)
    close = np.isclose(gradients.detach(), expected_gradients, atol=1e-4).all(axis=1)
    assert close.mean() > 0.995


def test_the_gradient_is_that_of_automatic_differentiation_and_so_is_its_own(network, points):
    module = PerceptronModule(network).double()
    inputs = torch.tensor(points[:50], dtype=torch.float64, requires_grad=True)
    (expected,) = torch.autograd.grad(module(inputs).sum(), inputs, create_graph=True)
    found = module.value_and_gradient(inputs)[1]
    torch.testing.assert_close(found, expected)
    parameters = [*module.weights]
    for one, other in zip(
        torch.autograd.grad(found.square().sum(), parameters),
        torch.autograd.grad(expected.square().sum(), parameters, allow_unused=True),
        strict=True,
    ):
        torch.testing.assert_close(one, torch.zeros_like(one) if other is None else other)


def test_weights_survive_the_way_to_torch_and_back(network, points):
    returned = PerceptronModule(network).to_perceptron()
    np.testing.assert_array_equal(returned.value(points), network.value(points))


def test_igr_starts_near_the_distance_to_a_sphere(points):
    network = initial_perceptron(IGR.levels[0].network, torch.Generator().manual_seed(0))
    values = network.value(points)
    radii = np.linalg.norm(points, axis=1)
    assert np.corrcoef(values, radii)[0, 1] > 0.75
    assert (values[radii < INITIAL_RADIUS / 2] < 0).all()


@pytest.mark.parametrize("recipe", [COMPACT, FOURIER, IGR], ids=lambda recipe: recipe.name)
def test_a_recipe_of_perceptrons_trains_and_its_shape_comes_back_from_its_file(
    recipe, ball, points, monkeypatch
):
    monkeypatch.setattr(samples, "IMPORTANCE_CANDIDATES", 20_000)
    monkeypatch.setattr(progress, "REPORT_INTERVAL", 0.0)
    small = replace(recipe, levels=(replace(recipe.levels[0], batch=128),))
    reports = []
    shape = train(
        ball,
        small,
        device="cpu",
        threads=1,
        steps=30,
        progress=reports.append,
        # Before the measuring.
        cancelled=lambda: bool(reports) and reports[-1].step == 30,
    )
    losses = [report.loss for report in reports if report.phase == "training"]
    assert np.mean(losses[-5:]) < 0.7 * losses[0]
    data = shape_file.to_bytes(shape)
    returned = shape_file.from_bytes(data)
    np.testing.assert_array_equal(returned.field.value(points), shape.field.value(points))
    assert shape_file.to_bytes(returned) == data
    if recipe is COMPACT:
        assert shape.field.parameter_count == 7553
        assert len(data) <= 59_000


def test_important_samples_are_those_near_the_surface(ring, monkeypatch):
    monkeypatch.setattr(samples, "IMPORTANCE_CANDIDATES", 50_000)
    drawn = samples.draw_samples(
        SignedDistance(ring),
        [(COMPACT.levels[0], 10)],
        np.random.default_rng(0),
        torch.device("cpu"),
        lambda share: None,
    )
    distances = drawn.labelled[samples.IMPORTANT].distances.abs().numpy()
    # Near a surface distances are spread evenly, so that the kept ones fall off as exp(-30 d).
    near = distances[distances < 0.1]
    expected = 1 / 30 - 0.1 * np.exp(-3) / (1 - np.exp(-3))
    assert near.mean() == pytest.approx(expected, rel=0.1)
