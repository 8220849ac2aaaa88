"""The numpy perceptron is the network of its description, and its gradient is the derivative of its value."""

import numpy as np
import pytest
from neural_shapes.core.fields.perceptron import Perceptron

FREQUENCIES = np.random.default_rng(5).normal(size=(6, 3)).astype(np.float32)
KINDS = {
    "relu": {"activation": "relu"},
    "softplus with a skip": {"activation": "softplus", "skip": 2},
    "fourier features with a skip": {"activation": "softplus", "frequencies": FREQUENCIES, "skip": 1},
}


def perceptron(activation: str, frequencies=None, skip=None, width: int = 16) -> Perceptron:
    generator = np.random.default_rng(0)
    encoded = 3 if frequencies is None else 2 * len(frequencies)
    inputs = [encoded, width, width, width]
    if skip is not None:
        inputs[skip] += encoded
    sizes = list(zip([width, width, width, 1], inputs, strict=True))
    weights = [generator.normal(scale=np.sqrt(2 / size[1]), size=size).astype(np.float32) for size in sizes]
    biases = [generator.normal(scale=0.1, size=size[0]).astype(np.float32) for size in sizes]
    return Perceptron(tuple(weights), tuple(biases), activation, frequencies, skip)


def exact_perceptron(network: Perceptron):
    """The network in float64, one layer after the other, as the class's docstring says."""

    def value(points: np.ndarray) -> np.ndarray:
        encoded = np.asarray(points, dtype=np.float64)
        if network.frequencies is not None:
            phase = 2 * np.pi * encoded @ network.frequencies.T.astype(np.float64)
            encoded = np.concatenate([np.cos(phase), np.sin(phase)], axis=1)
        x = encoded
        for place, (weight, bias) in enumerate(zip(network.weights[:-1], network.biases[:-1], strict=True)):
            if place == network.skip:
                x = np.concatenate([x, encoded], axis=1) / np.sqrt(2)
            z = x @ weight.T.astype(np.float64) + bias
            x = z * (z > 0) if network.activation == "relu" else np.logaddexp(0, 100 * z) / 100
        return (x @ network.weights[-1].T.astype(np.float64) + network.biases[-1])[:, 0]

    return value


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_value_and_gradient_agree_with_float64(kind, central_differences, domain_points):
    network, points = perceptron(**kind), domain_points(3)
    exact = exact_perceptron(network)
    values, gradients = network.value_and_gradient(points)
    np.testing.assert_allclose(values, exact(points), atol=2e-5)
    np.testing.assert_array_equal(network.value(points), values)
    # Differences across a kink of a ReLU are no derivatives.
    near = np.abs(gradients - central_differences(exact, points)).max(axis=1) < 1e-3
    assert near.mean() > 0.999


def test_the_published_network_has_its_parameters():
    sizes = [3, *[32] * 8, 1]
    weights = tuple(np.zeros(size, np.float32) for size in zip(sizes[1:], sizes, strict=False))
    network = Perceptron(weights, tuple(np.zeros(len(w), np.float32) for w in weights), "relu")
    assert (network.parameter_count, network.notation) == (7553, "(32,7) relu")


def test_what_does_not_fit_is_refused():
    network = perceptron(**KINDS["relu"])
    for changes, sentence in (
        ({"skip": 1}, "Layer 1"),
        ({"skip": 3}, "hidden layer after the first"),
        ({"frequencies": FREQUENCIES}, "Layer 0"),
        ({"frequencies": FREQUENCIES[:, :2]}, "three numbers"),
        ({"activation": "sine"}, "one of relu, softplus"),
        ({"biases": network.biases[:-1]}, "one weight matrix and one bias"),
    ):
        arguments = {
            "weights": network.weights,
            "biases": network.biases,
            "activation": "relu",
            **changes,
        }
        with pytest.raises(ValueError, match=sentence):
            Perceptron(**arguments)
