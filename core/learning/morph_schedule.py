"""How long the training of one segment of a morph, or of one key of a blend, takes."""

from dataclasses import replace

import torch

from .flow_fitting import seconds_of_flow_step
from .level_training import seconds_of_step
from .morph_recipes import LevelSetRecipe, VolumeRecipe
from .recipes import Recipe, Samples
from .schedule import clock

# Seconds of one core for what is not timed beforehand (measured).
SECONDS_OF_A_DISTANCE = 1e-5
SECONDS_OF_A_SWEEP = 4.5
# Distances that other modes ask for at most: labels of both ends, and points between.
LABELLED_POINTS = 1_000_000


def expected_seconds(
    recipe: Recipe | LevelSetRecipe | VolumeRecipe, device: torch.device
) -> dict[str, float]:
    """Seconds of distances and training of one segment, or of one key of a blend; steps are timed."""
    now = clock(device)
    if isinstance(recipe, VolumeRecipe):
        training = recipe.flow.steps * seconds_of_flow_step(recipe.flow, device, now)
        training += sum(level.steps * seconds_of_step(level, 4, device, now) for level in recipe.levels)
        training += recipe.sweeps * SECONDS_OF_A_SWEEP
        return {"distances": 2 * SECONDS_OF_A_DISTANCE * recipe.flow.grid**3, "training": training}
    if isinstance(recipe, LevelSetRecipe):
        with_gradients = replace(
            recipe.first,
            samples=Samples(surface=1.0, with_normals=1.0),
            losses={"normal_alignment": 1.0},
            batch=recipe.batch,
        )
        step = seconds_of_step(with_gradients, 4, device, now)
        if recipe.potentials is not None:
            potential = replace(with_gradients, network=recipe.potentials, batch=recipe.batch // 2)
            step += 4 * seconds_of_step(potential, 4, device, now)
        training = recipe.steps * step + recipe.first.steps * seconds_of_step(recipe.first, 3, device, now)
        return {"distances": SECONDS_OF_A_DISTANCE * LABELLED_POINTS, "training": training}
    training = sum(level.steps * seconds_of_step(level, 3, device, now) for level in recipe.levels)
    return {"distances": SECONDS_OF_A_DISTANCE * LABELLED_POINTS / 2, "training": training}
