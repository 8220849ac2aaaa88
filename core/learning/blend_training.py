"""Blended segments: the end shapes are trained by themselves, and their fields are interpolated.

Without any motion: what two shapes share stays, the rest fades. Spot to bob loses 45% of its volume half-way.
"""

from collections.abc import Callable

import numpy as np
import torch

from ..fields.nested import Level, NestedField
from ..geometry.distance import SignedDistance
from .level_training import LevelTraining
from .nesting import NEAR
from .networks import SirenModule, initial_siren
from .recipes import Recipe
from .samples import draw_samples


def trained_alone(
    solid: SignedDistance,
    recipe: Recipe,
    numpy_generator: np.random.Generator,
    generator: torch.Generator,
    device: torch.device,
    report: Callable[[str, float, float], None],
) -> NestedField:
    """A static field of a placed solid whose levels stand alone, with provisional thresholds.

    Raises Diverged, and what ``report`` raises.
    """
    plan = [(level, level.steps) for level in recipe.levels]
    samples = draw_samples(
        solid, plan, numpy_generator, device, lambda share: report("distances", share, float("nan"))
    )
    levels, steps = [], 0
    for level in recipe.levels:
        network = SirenModule(initial_siren(level.network, 3, generator)).to(device)
        training = LevelTraining(level, network, samples, None, None, level.steps, generator)
        while training.step_index < level.steps:
            loss = training.step()
            steps += 1
            report("training", steps / recipe.steps, loss)
        levels.append(Level(network.to_siren(), NEAR))
    return NestedField(tuple(levels))
