"""How many steps each level gets, and how long they take."""

import time
from collections.abc import Callable

import torch

from ..errors import NeuralShapesError
from .recipes import LevelRecipe, Recipe

# Share of a cap in seconds that is planned for, since step times vary.
PLANNED_SHARE = 0.92

# What else a step costs beside multiplications, as so many of them (measured on one core).
WORK_OF_A_NEURON = 25
WORK_OF_A_STEP = 2e7


def clock(device: torch.device) -> Callable[[], float]:
    """What training time is counted in: the process's CPU seconds on a CPU, wall time on a GPU."""
    if device.type == "cpu":
        return time.process_time

    def wall_time() -> float:
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return time.perf_counter()

    return wall_time


def steps_of_levels(recipe: Recipe, steps: int | None) -> list[int]:
    """The recipe's steps of each level, or ``steps`` shared out in the same proportion.

    Raises NeuralShapesError when there is not a step for each level.
    """
    if steps is None:
        return [level.steps for level in recipe.levels]
    if steps < len(recipe.levels):
        raise NeuralShapesError(f"Training {recipe.name} needs at least {len(recipe.levels)} steps.")
    shares, given = [], 0
    for index, level in enumerate(recipe.levels):
        levels_left = len(recipe.levels) - index - 1
        share = round(steps * level.steps / recipe.steps) if levels_left else steps - given
        shares.append(min(max(1, share), steps - given - levels_left))
        given += shares[-1]
    return shares


def steps_within(recipe: Recipe, seconds: float, seconds_of_steps: list[float]) -> int:
    """The most steps of a recipe, at most its own, that fit a cap in seconds.

    ``seconds_of_steps`` is the time of one step of each level. Raises NeuralShapesError for a cap that is
    not positive.
    """
    if not seconds > 0:
        raise NeuralShapesError("The time for training must be more than 0 seconds.")
    whole = sum(level.steps * step for level, step in zip(recipe.levels, seconds_of_steps, strict=True))
    return max(len(recipe.levels), int(recipe.steps * min(1.0, PLANNED_SHARE * seconds / whole)))


def work_of_step(level: LevelRecipe) -> float:
    """The relative cost of a step: multiplications of values, and again as many for gradients."""
    network, samples = level.network, level.samples
    multiplications = network.width * (network.width * network.depth + 4)
    multiplications += WORK_OF_A_NEURON * network.width * (network.depth + 1)
    with_gradients = sum(samples.with_gradients.values())
    return WORK_OF_A_STEP + level.batch * multiplications * (1 + samples.with_normals + with_gradients)
