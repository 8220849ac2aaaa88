"""What a training takes from the shape that it goes on with."""

import torch

from ..fields.nested import Network
from ..neural_shape import NeuralShape, Provenance
from .networks import initial_network
from .recipes import LevelRecipe, Recipe
from .schedule import steps_done


def earlier_network(start: NeuralShape | None, index: int, recipe: LevelRecipe) -> Network | None:
    """The network of a level of the static shape ``start``, if it has one there as the recipe wants it."""
    if start is None or index >= len(start.field.levels):
        return None
    earlier = start.field.levels[index].network
    network = initial_network(recipe.network, start.field.dimension, torch.Generator())
    is_alike = type(earlier) is type(network) and _sizes(earlier) == _sizes(network)
    return earlier if is_alike else None


def is_interrupted(start: NeuralShape | None, recipe: Recipe, now: Provenance) -> bool:
    """Whether ``start`` is of the source and the recipe of ``now``, with a training that was cancelled."""
    if start is None:
        return False
    earlier = start.provenance
    is_same = (earlier.source_digest, earlier.recipe) == (now.source_digest, now.recipe)
    if not is_same or len(earlier.steps_of_levels) != len(recipe.levels):
        return False
    done = steps_done(earlier.steps_of_levels, earlier.steps)
    has_networks = all(
        earlier_network(start, index, level) is not None
        for index, (level, count) in enumerate(zip(recipe.levels, done, strict=True))
        if count
    )
    return has_networks and done != list(earlier.steps_of_levels)


def _sizes(network: Network) -> list[tuple[int, ...]]:
    return [weight.shape for weight in network.weights]
