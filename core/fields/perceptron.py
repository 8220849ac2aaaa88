"""Multilayer perceptrons with other activations than sines, evaluated in numpy."""

from dataclasses import dataclass

import numpy as np

from .siren import BATCH_POINTS

ACTIVATIONS = ("relu", "softplus")
# Softplus(z) = log(1 + exp(100 z)) / 100 (Gropp et al. 2020, section 5).
SOFTPLUS_SHARPNESS = 100.0
DIMENSION = 3


@dataclass(frozen=True)
class Perceptron:
    """A network with ReLU (Davies et al. 2020) or softplus activations (Gropp et al. 2020); the last layer is
    linear with one output.

    ``weights[i]`` has shape (outputs, inputs) and ``biases[i]`` shape (outputs,). With ``frequencies`` B
    (K, 3) the network's input is (cos 2 pi B p, sin 2 pi B p) in place of the point p: Fourier features
    (Tancik et al. 2020). Layer ``skip``, if any, takes the output of the layer before it and the network's
    input side by side, over sqrt(2). All arrays float32.
    """

    weights: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]
    activation: str
    frequencies: np.ndarray | None = None
    skip: int | None = None

    def __post_init__(self) -> None:
        if self.activation not in ACTIVATIONS:
            raise ValueError(f"The activation of a perceptron is one of {', '.join(ACTIVATIONS)}.")
        if len(self.weights) < 2 or len(self.weights) != len(self.biases):
            raise ValueError("A network needs at least two layers, each with one weight matrix and one bias.")
        if self.skip is not None and not 0 < self.skip < len(self.weights) - 1:
            raise ValueError("A skip connection leads to a hidden layer after the first.")
        if self.frequencies is not None and (
            self.frequencies.ndim != 2 or self.frequencies.shape[1] != DIMENSION
        ):
            raise ValueError("Fourier features need frequencies of three numbers each.")
        encoded = DIMENSION if self.frequencies is None else 2 * len(self.frequencies)
        inputs = encoded
        for index, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            inputs += encoded if index == self.skip else 0
            if weight.ndim != 2 or weight.shape[1] != inputs or bias.shape != (weight.shape[0],):
                raise ValueError(f"Layer {index} of the network does not fit the layer before it.")
            inputs = len(weight)
        if inputs != 1:
            raise ValueError("A field network has one output.")

    @property
    def dimension(self) -> int:
        """Number of coordinates of a point."""
        return DIMENSION

    @property
    def width(self) -> int:
        """Neurons of a hidden layer."""
        return max(len(bias) for bias in self.biases[:-1])

    @property
    def depth(self) -> int:
        """Number of matrices between hidden layers, as in the (h,d) notation of SIRENs."""
        return len(self.weights) - 2

    @property
    def notation(self) -> str:
        """The network in a few words."""
        features = "" if self.frequencies is None else " on Fourier features"
        return f"({self.width},{self.depth}) {self.activation}{features}"

    @property
    def parameter_count(self) -> int:
        """Number of weights and biases; frequencies are not learned."""
        return sum(array.size for array in (*self.weights, *self.biases))

    def value(self, points: np.ndarray) -> np.ndarray:
        """The network at points (N, 3): float32 (N,)."""
        return self.value_and_gradient(points)[0]

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The network and its gradient by reverse mode: float32 (N,) and (N, 3)."""
        points = np.asarray(points, dtype=np.float32)
        values = np.empty(len(points), dtype=np.float32)
        gradients = np.empty((len(points), DIMENSION), dtype=np.float32)
        for start in range(0, len(points), BATCH_POINTS):
            batch = slice(start, start + BATCH_POINTS)
            values[batch], gradients[batch] = self._value_and_gradient_of_batch(points[batch])
        return values, gradients

    def _value_and_gradient_of_batch(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        encoded = self._encoded(points)
        activation, derivatives = encoded, []
        half = np.float32(np.sqrt(0.5))
        for index, (weight, bias) in enumerate(zip(self.weights[:-1], self.biases[:-1], strict=True)):
            if index == self.skip:
                activation = half * np.concatenate([activation, encoded], axis=1)
            activation, derivative = self._activated(activation @ weight.T + bias)
            derivatives.append(derivative)
        values = (activation @ self.weights[-1].T + self.biases[-1])[:, 0]
        adjoint = np.broadcast_to(self.weights[-1], activation.shape)
        encoded_adjoint = np.zeros_like(encoded)
        for index in reversed(range(len(derivatives))):
            adjoint = (adjoint * derivatives[index]) @ self.weights[index]
            if index == self.skip:
                before = adjoint.shape[1] - encoded.shape[1]
                encoded_adjoint += half * adjoint[:, before:]
                adjoint = half * adjoint[:, :before]
        return values, self._pulled_back(encoded, encoded_adjoint + adjoint)

    def _encoded(self, points: np.ndarray) -> np.ndarray:
        """The network's input at points (N, 3)."""
        if self.frequencies is None:
            return points
        phases = np.float32(2 * np.pi) * (points @ self.frequencies.T)
        return np.concatenate([np.cos(phases), np.sin(phases)], axis=1)

    def _pulled_back(self, encoded: np.ndarray, adjoint: np.ndarray) -> np.ndarray:
        """The gradient by the points from the gradient by the network's input."""
        if self.frequencies is None:
            return adjoint
        (cosine, sine), (by_cosine, by_sine) = np.split(encoded, 2, axis=1), np.split(adjoint, 2, axis=1)
        return (by_sine * cosine - by_cosine * sine) @ (np.float32(2 * np.pi) * self.frequencies)

    def _activated(self, phase: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The activation and its derivative."""
        if self.activation == "relu":
            return np.maximum(phase, 0), (phase > 0).astype(np.float32)
        sharp = np.float32(SOFTPLUS_SHARPNESS) * phase
        # The logistic function by the hyperbolic tangent, which does not overflow.
        return np.logaddexp(0, sharp) / np.float32(SOFTPLUS_SHARPNESS), 0.5 * (1 + np.tanh(sharp / 2))
