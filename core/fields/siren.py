"""The sinusoidal network (SIREN) in the seed paper's (h,d) notation, evaluated in numpy."""

from dataclasses import dataclass

import numpy as np

# Rows of one batch: 8192 x 256 float32 activations fit a core's second-level cache with their derivative.
BATCH_POINTS = 8192


@dataclass(frozen=True)
class Siren:
    """A multilayer perceptron with sine activations (Sitzmann et al. 2020).

    ``weights[i]`` has shape (outputs, inputs) and ``biases[i]`` shape (outputs,), both float32. Layer 0
    computes sin(first_omega (W p + b)), each further hidden layer sin(hidden_omega (W x + b)), and the
    last layer is linear with one output. An (h,d) network of the seed paper (section 6) has d matrices of
    h x h, that is d + 1 hidden layers of h neurons.
    """

    weights: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]
    first_omega: float
    hidden_omega: float

    def __post_init__(self) -> None:
        if len(self.weights) < 2 or len(self.weights) != len(self.biases):
            raise ValueError("A network needs at least two layers, each with one weight matrix and one bias.")
        if any(weight.ndim != 2 for weight in self.weights):
            raise ValueError("The weights of a layer are a matrix.")
        for index, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            inputs = self.weights[index - 1].shape[0] if index else self.dimension
            if weight.shape[1] != inputs or bias.shape != (weight.shape[0],):
                raise ValueError(f"Layer {index} of the network does not fit the layer before it.")
        if self.dimension not in (3, 4) or self.weights[-1].shape[0] != 1:
            raise ValueError("A field network maps points of 3 or 4 coordinates to one value.")

    @property
    def dimension(self) -> int:
        """Number of coordinates of a point: 3, or 4 with time."""
        return self.weights[0].shape[1]

    @property
    def width(self) -> int:
        """Neurons of a hidden layer: h of the (h,d) notation."""
        return self.weights[0].shape[0]

    @property
    def depth(self) -> int:
        """Number of h x h matrices: d of the (h,d) notation."""
        return len(self.weights) - 2

    @property
    def notation(self) -> str:
        """The network in the (h,d) notation."""
        return f"({self.width},{self.depth})"

    @property
    def parameter_count(self) -> int:
        """Number of weights and biases."""
        return sum(array.size for array in (*self.weights, *self.biases))

    def value(self, points: np.ndarray) -> np.ndarray:
        """The network at points (N, dimension): float32 (N,)."""
        points = np.asarray(points, dtype=np.float32)
        result = np.empty(len(points), dtype=np.float32)
        for start in range(0, len(points), BATCH_POINTS):
            batch = slice(start, start + BATCH_POINTS)
            activation = points[batch]
            for weight, bias, omega in self._hidden_layers():
                activation = np.sin(omega * (activation @ weight.T + bias))
            result[batch] = (activation @ self.weights[-1].T + self.biases[-1])[:, 0]
        return result

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The network and its gradient by reverse mode, which costs about two evaluations.

        The seed paper's Algorithm 2 is the forward mode of the same chain rule (its equation 3) and costs
        about four. Returns float32 arrays (N,) and (N, dimension).
        """
        points = np.asarray(points, dtype=np.float32)
        values = np.empty(len(points), dtype=np.float32)
        gradients = np.empty((len(points), self.dimension), dtype=np.float32)
        for start in range(0, len(points), BATCH_POINTS):
            batch = slice(start, start + BATCH_POINTS)
            values[batch], gradients[batch] = self._value_and_gradient_of_batch(points[batch])
        return values, gradients

    def _value_and_gradient_of_batch(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        activation = points
        derivatives = []
        for weight, bias, omega in self._hidden_layers():
            phase = omega * (activation @ weight.T + bias)
            derivatives.append(omega * np.cos(phase))
            activation = np.sin(phase)
        values = (activation @ self.weights[-1].T + self.biases[-1])[:, 0]
        adjoint = np.broadcast_to(self.weights[-1], activation.shape)
        for weight, derivative in zip(self.weights[-2::-1], derivatives[::-1], strict=True):
            adjoint = (adjoint * derivative) @ weight
        return values, adjoint

    def _hidden_layers(self) -> list[tuple[np.ndarray, np.ndarray, np.float32]]:
        omegas = [self.first_omega] + [self.hidden_omega] * self.depth
        return [
            (weight, bias, np.float32(omega))
            for weight, bias, omega in zip(self.weights[:-1], self.biases[:-1], omegas, strict=True)
        ]
