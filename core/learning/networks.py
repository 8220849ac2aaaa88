"""Networks as torch modules, the SIREN among them, and their exchange with the numpy descriptions."""

import math
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from ..fields.nested import Network
from ..fields.perceptron import Perceptron
from ..fields.siren import Siren
from .differentiation import SirenValue, SirenValueAndGradient, siren_values
from .perceptrons import PerceptronModule, initial_perceptron
from .recipes import NetworkRecipe, PerceptronRecipe


class SirenModule(nn.Module):
    """A SIREN with trainable weights; see ``core.fields.siren.Siren`` for what it computes."""

    def __init__(self, siren: Siren) -> None:
        super().__init__()
        self.weights = nn.ParameterList(torch.tensor(weight) for weight in siren.weights)
        self.biases = nn.ParameterList(torch.tensor(bias) for bias in siren.biases)
        self.omegas = (siren.first_omega, *[siren.hidden_omega] * siren.depth, 1.0)

    def forward(self, points: Tensor) -> Tensor:
        """Values (N,) at points (N, D) of the module's device; differentiable by the parameters alone."""
        if not torch.is_grad_enabled():
            return siren_values(points, self.omegas, self.weights, self.biases)
        return SirenValue.apply(points, self.omegas, *self.weights, *self.biases)

    def value_and_gradient(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Values (N,) and gradients (N, D) at points (N, D); differentiable by the parameters alone."""
        return SirenValueAndGradient.apply(points, self.omegas, *self.weights, *self.biases)

    def to_siren(self) -> Siren:
        """A copy of the weights as a numpy network."""
        return Siren(_arrays(self.weights), _arrays(self.biases), self.omegas[0], self.omegas[1])


NetworkModule = SirenModule | PerceptronModule


def module_of(network: Network) -> NetworkModule:
    """The torch module that computes what a network computes, with copies of its weights."""
    return PerceptronModule(network) if isinstance(network, Perceptron) else SirenModule(network)


def network_of(module: NetworkModule) -> Network:
    """A copy of a module's weights as a numpy network."""
    return module.to_perceptron() if isinstance(module, PerceptronModule) else module.to_siren()


def initial_network(
    recipe: NetworkRecipe | PerceptronRecipe, dimension: int, generator: torch.Generator
) -> Network:
    """A network with the first weights that suit it; perceptrons are over space alone."""
    if isinstance(recipe, PerceptronRecipe):
        return initial_perceptron(recipe, generator)
    return initial_siren(recipe, dimension, generator)


def initial_siren(recipe: NetworkRecipe, dimension: int, generator: torch.Generator) -> Siren:
    """A network with the initial weights of Sitzmann et al. 2020, section 3.2.

    They keep the distribution of the activations the same from layer to layer. Biases are uniform as well:
    those of the first layer up to 1/sqrt(inputs), so that the phases fill a turn.
    """
    sizes = [dimension, *[recipe.width] * (recipe.depth + 1), 1]
    weights, biases = [], []
    for index, (inputs, outputs) in enumerate(pairwise(sizes)):
        weight_bound = bias_bound = math.sqrt(6 / inputs) / recipe.hidden_omega
        if index == 0:
            weight_bound, bias_bound = 1 / inputs, 1 / math.sqrt(inputs)
        weights.append(_uniform((outputs, inputs), weight_bound, generator))
        biases.append(_uniform((outputs,), bias_bound, generator))
    return Siren(tuple(weights), tuple(biases), recipe.first_omega, recipe.hidden_omega)


def _arrays(parameters: nn.ParameterList) -> tuple[np.ndarray, ...]:
    return tuple(parameter.detach().cpu().numpy().copy() for parameter in parameters)


def _uniform(shape: tuple[int, ...], bound: float, generator: torch.Generator) -> np.ndarray:
    return (torch.rand(shape, generator=generator) * (2 * bound) - bound).numpy()
