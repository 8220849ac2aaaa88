"""How many steps each level gets, and how long a training takes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import torch

from ..errors import NeuralShapesError
from .level_training import seconds_of_step
from .recipes import LevelRecipe, Recipe
from .samples import labelled_counts
from .stray_pieces import STEPS as STEPS_OF_CLEARING

# Share of a cap in seconds that is planned for, since step times vary.
PLANNED_SHARE = 0.92

# What is expected before it is seen, in seconds of one core (measured): a distance to 70k faces; a field is
# measured as long as so many samples are trained, and some time more for its surface.
SECONDS_OF_A_DISTANCE = 1e-5
MEASURED_SAMPLES = 135_000
SECONDS_OF_MEASURING = 1.3


@dataclass(frozen=True)
class PlannedLevel:
    """A level, its steps, how many of them an interrupted training has done, and the wall time of one."""

    recipe: LevelRecipe
    steps: int
    first_step: int
    seconds_of_step: float

    @property
    def seconds(self) -> float:
        """Wall time of the steps that are left."""
        return (self.steps - self.first_step) * self.seconds_of_step


def clock(device: torch.device) -> Callable[[], float]:
    """What training time is counted in: the process's CPU seconds on a CPU, wall time on a GPU."""
    if device.type == "cpu":
        return time.process_time

    def wall_time() -> float:
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return time.perf_counter()

    return wall_time


def steps_of_levels(recipe: Recipe, steps: int | None, done: int = 0) -> list[int]:
    """The recipe's steps of each level, or ``steps`` shared out in the same proportion.

    ``done`` of the ``steps`` were taken before, and are not shared out. Raises NeuralShapesError when there
    is not a step for each level.
    """
    if steps is None:
        return [level.steps for level in recipe.levels]
    if steps < done + len(recipe.levels):
        raise NeuralShapesError(f"Training {recipe.name} needs at least {done + len(recipe.levels)} steps.")
    steps -= done
    shares, given = [], 0
    for index, level in enumerate(recipe.levels):
        levels_left = len(recipe.levels) - index - 1
        share = round(steps * level.steps / recipe.steps) if levels_left else steps - given
        shares.append(min(max(1, share), steps - given - levels_left))
        given += shares[-1]
    return shares


def steps_done(planned: Sequence[int], steps: int) -> list[int]:
    """How many of each level's planned steps the first ``steps`` of a training are."""
    before = accumulate(planned, initial=0)
    return [min(max(0, steps - earlier), count) for count, earlier in zip(planned, before, strict=False)]


def steps_within(recipe: Recipe, seconds: float, seconds_of_steps: list[float]) -> int:
    """The most steps of a recipe, at most its own, that fit a cap in seconds.

    ``seconds_of_steps`` is the time of one step of each level. Raises NeuralShapesError for a cap that is
    not positive.
    """
    if not seconds > 0:
        raise NeuralShapesError("The time for training must be more than 0 seconds.")
    whole = sum(level.steps * step for level, step in zip(recipe.levels, seconds_of_steps, strict=True))
    return max(len(recipe.levels), int(recipe.steps * min(1.0, PLANNED_SHARE * seconds / whole)))


def planned_levels(
    recipe: Recipe,
    planned: Sequence[int],
    done: Sequence[int],
    steps: int | None,
    seconds: float | None,
    timed: tuple[list[float], float],
) -> list[PlannedLevel]:
    """The levels of a training of which so many steps each are ``planned``, and so many of them ``done``.

    ``steps`` in all, or so many as fit ``seconds``, replace the planned ones; what is done stays, and the
    rest is shared out among the levels that are not complete. ``timed`` is what ``timed_steps`` gives.
    Raises NeuralShapesError as ``steps_of_levels`` and ``steps_within`` do.
    """
    seconds_of_steps, wall_time = timed
    columns = list(zip(recipe.levels, planned, done, seconds_of_steps, strict=True))
    incomplete = [
        (replace(level, steps=count - taken), step) for level, count, taken, step in columns if count > taken
    ]
    rest = Recipe(recipe.name, tuple(level for level, _ in incomplete))
    if seconds is not None:
        within = steps_within(rest, seconds, [step for _, step in incomplete])
        steps = min(steps or sum(planned), sum(done) + within)
    shares = iter(steps_of_levels(rest, steps, sum(done)))
    return [
        PlannedLevel(level, taken + (next(shares) if count > taken else 0), taken, wall_time * step)
        for level, count, taken, step in columns
    ]


def timed_steps(recipe: Recipe, dimension: int, device: torch.device) -> tuple[list[float], float]:
    """The seconds of one step of each level by the training's clock, and the wall time of such a second.

    Levels are compared by CPU time, which does not count what other programs do meanwhile.
    """
    now = clock(device)
    started, started_on_the_wall = now(), time.perf_counter()
    seconds = [seconds_of_step(level, dimension, device, now) for level in recipe.levels]
    passed, passed_on_the_wall = now() - started, time.perf_counter() - started_on_the_wall
    # Some systems count CPU time in ticks, of which a few tiny steps may see none.
    return seconds, passed_on_the_wall / passed if passed > 0 else 1.0


def expected_seconds(plan: list[PlannedLevel]) -> dict[str, float]:
    """Wall time of each phase of a training."""
    of_a_sample = 0.0
    for level in plan:
        # A level that stands alone replaces those before it.
        before = of_a_sample if level.recipe.band else 0.0
        of_a_sample = before + level.seconds_of_step / level.recipe.batch
    distances = sum(labelled_counts([(level.recipe, level.steps) for level in plan]).values())
    return {
        "distances": SECONDS_OF_A_DISTANCE * distances,
        "training": sum(level.seconds for level in plan),
        "clearing": STEPS_OF_CLEARING * plan[-1].seconds_of_step,
        "measuring": SECONDS_OF_MEASURING + MEASURED_SAMPLES * of_a_sample,
    }
