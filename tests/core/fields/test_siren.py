"""The numpy network is the SIREN of its description, and its gradient is the derivative of its value."""

import numpy as np
import pytest
from neural_shapes.core.fields.siren import BATCH_POINTS, Siren

NETWORKS = [(64, 1), (128, 2), (256, 3)]


@pytest.mark.parametrize(("width", "depth"), NETWORKS)
@pytest.mark.parametrize("dimension", [3, 4])
def test_value_agrees_with_float64_within_1e_5(
    width, depth, dimension, random_siren, exact_siren, domain_points
):
    network = random_siren(width, depth, dimension)
    points = domain_points(dimension)
    np.testing.assert_allclose(network.value(points), exact_siren(network)(points), atol=1e-5)


@pytest.mark.parametrize(("width", "depth"), NETWORKS)
@pytest.mark.parametrize("dimension", [3, 4])
def test_gradient_agrees_with_float64_differences_within_1e_4(
    width, depth, dimension, random_siren, exact_siren, central_differences, domain_points
):
    network = random_siren(width, depth, dimension)
    points = domain_points(dimension)
    values, gradients = network.value_and_gradient(points)
    expected = central_differences(exact_siren(network), points)
    np.testing.assert_allclose(values, network.value(points), atol=1e-6)
    np.testing.assert_allclose(gradients, expected, atol=1e-4)


def test_batches_do_not_change_the_result(random_siren):
    network = random_siren(16, 1)
    points = np.random.default_rng(2).uniform(-1, 1, (2 * BATCH_POINTS + 3, 3)).astype(np.float32)
    np.testing.assert_allclose(network.value(points)[-5:], network.value(points[-5:]), atol=1e-6)
    gradients = network.value_and_gradient(points)[1]
    np.testing.assert_allclose(gradients[-5:], network.value_and_gradient(points[-5:])[1], atol=1e-5)


def test_no_points_give_no_values(random_siren):
    values, gradients = random_siren(16, 1).value_and_gradient(np.empty((0, 3), dtype=np.float32))
    assert values.shape == (0,)
    assert gradients.shape == (0, 3)


@pytest.mark.parametrize(("width", "depth", "parameters"), [(64, 1, 4481), (256, 1, 67073), (256, 3, 198657)])
def test_notation_and_parameter_counts_of_the_seed_paper(width, depth, parameters, random_siren):
    network = random_siren(width, depth)
    assert (network.width, network.depth, network.parameter_count) == (width, depth, parameters)


def test_layers_that_do_not_fit_are_refused(random_siren):
    network = random_siren(16, 1)
    with pytest.raises(ValueError, match="Layer 1"):
        Siren((network.weights[0], network.weights[1][:, :-1], network.weights[2]), network.biases, 30, 30)
    with pytest.raises(ValueError, match="one weight matrix and one bias"):
        Siren(network.weights, network.biases[:-1], 30, 30)
    with pytest.raises(ValueError, match="3 or 4 coordinates"):
        random_siren(16, 1, dimension=2)
