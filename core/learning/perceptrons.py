"""Perceptrons as torch modules, and their first weights."""

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from ..fields.perceptron import DIMENSION, SOFTPLUS_SHARPNESS, Perceptron
from .recipes import PerceptronRecipe

# The radius of the sphere that a geometrically initialised network is the distance to.
INITIAL_RADIUS = 0.5
# The spread of its last weights (Atzmon and Lipman 2020, the authors' code).
LAST_DEVIATION = 1e-5


class PerceptronModule(nn.Module):
    """A perceptron with trainable weights; see ``core.fields.perceptron.Perceptron`` for what it computes."""

    def __init__(self, network: Perceptron) -> None:
        super().__init__()
        self.weights = nn.ParameterList(torch.tensor(weight) for weight in network.weights)
        self.biases = nn.ParameterList(torch.tensor(bias) for bias in network.biases)
        frequencies = network.frequencies
        self.register_buffer("frequencies", None if frequencies is None else torch.tensor(frequencies))
        self._network = network

    def forward(self, points: Tensor) -> Tensor:
        """Values (N,) at points (N, 3) of the module's device; differentiable by the parameters."""
        return self._propagated(points)[1]

    def value_and_gradient(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Values (N,) and gradients (N, 3) at points (N, 3); both differentiable by the parameters.

        The gradient is written out in reverse mode, so that torch differentiates it like any other result.
        """
        encoded, values, phases = self._propagated(points)
        adjoint = self.weights[-1].expand(len(points), -1)
        encoded_adjoint = torch.zeros_like(encoded)
        for index in reversed(range(len(phases))):
            adjoint = (adjoint * self._slope(phases[index])) @ self.weights[index]
            if index == self._network.skip:
                before = adjoint.shape[1] - encoded.shape[1]
                encoded_adjoint = math.sqrt(0.5) * adjoint[:, before:]
                adjoint = math.sqrt(0.5) * adjoint[:, :before]
        return values, self._pulled_back(encoded, encoded_adjoint + adjoint)

    def to_perceptron(self) -> Perceptron:
        """A copy of the weights as a numpy network."""
        earlier = self._network
        return Perceptron(
            _arrays(self.weights), _arrays(self.biases), earlier.activation, earlier.frequencies, earlier.skip
        )

    def _propagated(self, points: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
        """The network's input, its values, and what enters the activations of each hidden layer."""
        encoded = self._encoded(points)
        activation, phases = encoded, []
        hidden = zip(list(self.weights)[:-1], list(self.biases)[:-1], strict=True)
        for index, (weight, bias) in enumerate(hidden):
            if index == self._network.skip:
                activation = math.sqrt(0.5) * torch.cat([activation, encoded], dim=1)
            phases.append(torch.addmm(bias, activation, weight.T))
            activation = self._activated(phases[-1])
        return encoded, torch.mv(activation, self.weights[-1][0]) + self.biases[-1], phases

    def _encoded(self, points: Tensor) -> Tensor:
        if self.frequencies is None:
            return points
        phases = 2 * math.pi * (points @ self.frequencies.T)
        return torch.cat([phases.cos(), phases.sin()], dim=1)

    def _pulled_back(self, encoded: Tensor, adjoint: Tensor) -> Tensor:
        if self.frequencies is None:
            return adjoint
        (cosine, sine), (by_cosine, by_sine) = encoded.chunk(2, dim=1), adjoint.chunk(2, dim=1)
        return (by_sine * cosine - by_cosine * sine) @ (2 * math.pi * self.frequencies)

    def _activated(self, phase: Tensor) -> Tensor:
        if self._network.activation == "relu":
            return phase.relu()
        return softplus(phase, beta=SOFTPLUS_SHARPNESS)

    def _slope(self, phase: Tensor) -> Tensor:
        if self._network.activation == "relu":
            return (phase > 0).to(phase.dtype)
        return torch.sigmoid(SOFTPLUS_SHARPNESS * phase)


def initial_perceptron(recipe: PerceptronRecipe, generator: torch.Generator) -> Perceptron:
    """A network with random first weights: those of He et al. 2015 for ReLU, geometric ones for softplus.

    Geometric ones (Atzmon and Lipman 2020) make the network close to the distance to a sphere.
    """
    frequencies, inputs = None, DIMENSION
    if recipe.features:
        frequencies = recipe.deviation * torch.randn((recipe.features, DIMENSION), generator=generator)
        frequencies, inputs = frequencies.numpy(), 2 * recipe.features
    encoded = inputs
    weights, biases = [], []
    for index in range(recipe.depth + 2):
        is_last = index == recipe.depth + 1
        outputs = 1 if is_last else recipe.width - (encoded if index + 1 == recipe.skip else 0)
        inputs += encoded if index == recipe.skip else 0
        weight = torch.randn((outputs, inputs), generator=generator)
        bias = torch.zeros(outputs)
        if recipe.activation == "relu":
            weight = weight * math.sqrt(2 / inputs)
        elif is_last:
            weight, bias = LAST_DEVIATION * weight + math.sqrt(math.pi / inputs), bias - INITIAL_RADIUS
        else:
            weight = weight * math.sqrt(2 / outputs)
        weights.append(weight.numpy())
        biases.append(bias.numpy())
        inputs = outputs
    return Perceptron(tuple(weights), tuple(biases), recipe.activation, frequencies, recipe.skip)


def _arrays(parameters: nn.ParameterList) -> tuple[np.ndarray, ...]:
    return tuple(parameter.detach().cpu().numpy().copy() for parameter in parameters)
