"""Clears a trained field of pieces of its surface that lie away from the source.

Some levels bridge a gap that the level before them has closed, where few samples are. A little more training
around such pieces removes them; the total-variation term of neural skeletons is a cure for fields that learn
nothing away from the surface, and these have exact distances everywhere.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import torch

from ..fields.nested import NestedField
from ..geometry.distance import SignedDistance
from ..geometry.measures import LARGEST_MISSING_SHARE, LARGEST_SIGN_ERROR
from ..geometry.pieces import stray_part
from ..geometry.sampling import sample_near_surface
from ..geometry.surface_errors import MISSING
from ..meshing.isosurface import extract_isosurface
from .divergence import Diverged
from .level_training import LevelTraining
from .networks import module_of, network_of
from .recipes import LevelRecipe
from .samples import LabelledPoints, TrainingSamples
from .torch_field import TorchField

# Points around the pieces, and the shares of them that are displaced so far: pieces are some 0.02 wide (seen
# on armadillo), and the level before errs around them too.
POINTS, DEVIATIONS = 20_000, {0.01: 0.5, 0.04: 0.5}
# The kind under which a level's samples have them, and their share of a batch, on top of the recipe's own.
AROUND_STRAY_PIECES, SHARE = -1.0, 0.1
# Enough for those seen at Draft; the rate is far from that of the first steps, which would undo the rest.
STEPS, LEARNING_RATE_FACTOR = 150, 0.25


def cleared_of_stray_pieces(
    field: NestedField,
    recipe: LevelRecipe,
    samples: TrainingSamples,
    solid: SignedDistance,
    device: torch.device,
    numpy_generator: np.random.Generator,
    torch_generator: torch.Generator,
    report: Callable[[float], None],
) -> NestedField | None:
    """The field with its finest level, which ``recipe`` has made of ``samples``, trained on for STEPS.

    ``solid`` is the source in the domain; the field has pieces of surface farther than MISSING from it. None
    where these are specks without area, or the training diverges. ``report`` is told the share done after
    each step and may raise to stop.
    """
    surface = extract_isosurface(TorchField(field, device)).mesh
    pieces = stray_part(surface, solid, MISSING)
    if not pieces.face_areas.any():
        return None
    points = sample_near_surface(pieces, POINTS, DEVIATIONS, numpy_generator)
    around = LabelledPoints(
        torch.as_tensor(points, device=device), torch.as_tensor(solid.signed_distance(points), device=device)
    )
    *before, finest = field.levels
    network = module_of(finest.network).to(device)
    training = LevelTraining(
        replace(
            recipe,
            samples=replace(
                recipe.samples, displaced={**recipe.samples.displaced, AROUND_STRAY_PIECES: SHARE}
            ),
            learning_rate=LEARNING_RATE_FACTOR * recipe.learning_rate,
        ),
        network,
        TrainingSamples(samples.surface, {**samples.labelled, AROUND_STRAY_PIECES: around}),
        TorchField(NestedField(tuple(before)), device) if finest.band else None,
        finest.band,
        STEPS,
        torch_generator,
    )
    try:
        while training.step_index < STEPS:
            training.step()
            report(training.step_index / STEPS)
    except Diverged:
        return None
    return NestedField((*before, replace(finest, network=network_of(network))))


def is_cleared(before: Mapping[str, float | int | str], after: Mapping[str, float | int | str]) -> bool:
    """Whether the measures after a clearing know of no piece astray, and of no new reason to have failed."""
    return (
        after["stray_pieces"] == 0
        and after["sign_error"] <= LARGEST_SIGN_ERROR
        # Without any surface there is no such share.
        and after.get("missing_share", math.inf) <= max(before["missing_share"], LARGEST_MISSING_SHARE)
    )
