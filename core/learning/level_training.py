"""Training of one level: its batches, its loss, and its optimiser's steps."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..fields.nested import ResidualBand
from . import losses
from .divergence import require_finite
from .networks import NetworkModule, initial_network, module_of
from .optimisers import optimiser
from .recipes import UNIFORM, LevelRecipe
from .samples import IMPORTANT, MOST_LABELLED_POINTS, LabelledPoints, Pool, SurfacePoints, TrainingSamples
from .torch_field import TorchField, residual_gain_and_slope

# Share of the steps in which the learning rate rises from zero (methods: 3%).
WARM_UP = 0.03
# The loss of a network that diverges rises to 1.2 times its first one, or far above, and ends at 0.86 to 1 of
# it with an output of zero; of those that learn none rises above 1.02; the slowest ends at 0.98 (measured).
RISEN, NOT_FALLEN = 1.1, 0.8
# Steps over which losses are averaged for that.
WINDOW = 5
# Steps that are timed; as many before them warm the caches.
TIMED_STEPS = 5


class _Source(NamedTuple):
    """One kind of point in every batch: where it is drawn from, how many, and whether with gradients."""

    pool: Pool
    count: int
    with_gradients: bool


class LevelTraining:
    """One network on its way from its first weights to its last.

    The level's value is f = f0 + gain r with the network r. For a level that stands alone f0 = 0 and
    gain = 1; for a residual both come from the level before it (``core.fields.nested``) and are computed
    once for all samples.
    """

    def __init__(
        self,
        recipe: LevelRecipe,
        network: NetworkModule,
        samples: TrainingSamples,
        previous: TorchField | None,
        band: ResidualBand | None,
        steps: int,
        generator: torch.Generator,
        first_step: int = 0,
    ) -> None:
        """``previous`` and ``band`` belong together: the level that this one corrects, and where.

        ``first_step`` is where an interrupted schedule goes on; the optimiser starts anew and warms up.
        """
        self.network, self.steps, self.step_index, self._first_step = network, steps, first_step, first_step
        self._recipe, self._previous, self._band, self._generator = recipe, previous, band, generator
        self._parameters = [*network.weights, *network.biases]
        self._optimiser = optimiser(recipe.optimiser, self._parameters)
        self._sources = self._make_sources(samples)
        self._losses: list[float] = []

    def step(self) -> float:
        """One step of the optimiser; returns the loss before it. Raises Diverged."""
        loss = self._loss()
        gradients = torch.autograd.grad(loss, self._parameters)
        for parameter, gradient in zip(self._parameters, gradients, strict=True):
            parameter.grad = gradient
        for group in self._optimiser.param_groups:
            group["lr"] = self._recipe.learning_rate * self._schedule()
        self._optimiser.step()
        self.step_index += 1
        self._losses.append(float(loss.detach()))
        require_finite(self._losses[-1], self._parameters)
        return self._losses[-1]

    @property
    def has_diverged(self) -> bool:
        """Whether the loss has risen above what it was at first and not fallen again."""
        if len(self._losses) < 2 * WINDOW:
            return False
        means = np.convolve(self._losses, np.full(WINDOW, 1 / WINDOW), mode="valid")
        return bool(means.max() > RISEN * means[0] and means[-1] > NOT_FALLEN * means[0])

    def shift_labels(self, shift: Callable[[Tensor], Tensor]) -> None:
        """Add shift(points) (N,) to the values that the level is trained to have at points (N, D)."""
        for source in self._sources:
            source.pool.add_to_column(1, shift)

    def _schedule(self) -> float:
        """Linear warm-up, then half a cosine to zero; 0 to 1."""
        warm_up = max(1, int(self.steps * WARM_UP))
        rising = (self.step_index - self._first_step + 1) / warm_up
        through = max(0, self.step_index - warm_up) / max(1, self.steps - warm_up)
        return min(1.0, rising) * 0.5 * (1 + math.cos(math.pi * through))

    def _make_sources(self, samples: TrainingSamples) -> list[_Source]:
        shares, batch = self._recipe.samples, self._recipe.batch
        points, normals = samples.surface
        on_surface = (points, torch.zeros_like(points[:, 0]), normals)
        in_domain = samples.labelled[UNIFORM]
        off_surface = {**shares.displaced, UNIFORM: shares.uniform}
        kinds = [
            (on_surface, shares.with_normals, True),
            (on_surface, shares.surface - shares.with_normals, False),
            *(
                (_without_normals(samples.labelled[kind]), share, True)
                for kind, share in shares.with_gradients.items()
            ),
            *(
                (samples.labelled[kind], share - shares.with_gradients.get(kind, 0.0), False)
                for kind, share in off_surface.items()
            ),
            (samples.labelled.get(IMPORTANT, in_domain), shares.important, False),
        ]
        sources = [
            _Source(self._make_pool(columns, with_gradients), round(share * batch), with_gradients)
            for columns, share, with_gradients in kinds
            if round(share * batch) > 0
        ]
        return [source for source in sources if len(source.pool)]

    def _make_pool(self, columns: tuple[Tensor, ...], with_gradients: bool) -> Pool:
        """Rows of points, distances, f0 and gain; with gradients also normals, grad f0 and slope."""
        points, distances, *normals = columns
        if self._previous is None:
            constants = (torch.zeros_like(distances), torch.ones_like(distances))
            if not with_gradients:
                return Pool((points, distances, *constants), self._generator)
            slope, gradient = torch.zeros_like(distances), torch.zeros_like(points)
            return Pool((points, distances, *constants, normals[0], gradient, slope), self._generator)
        if with_gradients:
            value, gradient = self._previous.values_and_gradients(points)
        else:
            value = self._previous.values(points)
        gain, slope = residual_gain_and_slope(self._band, value)
        rows = (points, distances, value, gain)
        if with_gradients:
            rows = (*rows, normals[0], gradient, slope)
        # Where the gain is zero the network cannot learn anything.
        inside = gain > 0
        return Pool(tuple(column[inside] for column in rows), self._generator)

    def _loss(self) -> Tensor:
        """The weighted sum of the recipe's losses, each a mean over the batch."""
        total = torch.zeros((), device=self._parameters[0].device)
        for with_gradients in (True, False):
            draws = [s.pool.draw(s.count) for s in self._sources if s.with_gradients == with_gradients]
            if not draws:
                continue
            columns = [torch.cat(column) for column in zip(*draws, strict=True)]
            points, distances, previous, gain, *others = columns
            if with_gradients:
                normals, previous_gradient, slope = others
                output, output_gradient = self.network.value_and_gradient(points)
                gradients = (
                    previous_gradient * (1 + slope * output)[:, None] + gain[:, None] * output_gradient
                )
                total = total + self._sum_of_losses(losses.OF_GRADIENTS, gradients, normals)
            else:
                output = self.network(points)
            total = total + self._sum_of_losses(losses.OF_VALUES, previous + gain * output, distances)
        return total / self._recipe.batch

    def _sum_of_losses(self, functions: dict, predicted: Tensor, labels: Tensor) -> Tensor:
        terms = [
            weight * functions[name](predicted, labels).sum()
            for name, weight in self._recipe.losses.items()
            if name in functions
        ]
        return sum(terms, torch.zeros((), device=predicted.device))


def _without_normals(labelled: LabelledPoints) -> tuple[Tensor, Tensor, Tensor]:
    """Points, distances, and zeros for the normals that points off the surface do not have."""
    return (*labelled, torch.zeros_like(labelled.points))


def seconds_of_step(
    recipe: LevelRecipe, dimension: int, device: torch.device, now: Callable[[], float]
) -> float:
    """The time of one step of a level by the clock ``now``, on a throwaway network and random points.

    The steps go nowhere, since random points may have a recipe diverge.
    """
    generator = torch.Generator().manual_seed(0)
    network = module_of(initial_network(recipe.network, dimension, generator)).to(device)
    # Rows are gathered from as far apart as in a training.
    points = torch.rand((MOST_LABELLED_POINTS, dimension), generator=generator).to(device)
    labelled = LabelledPoints(points, points[:, 0])
    samples = TrainingSamples(
        SurfacePoints(points, points),
        dict.fromkeys((*recipe.samples.displaced, UNIFORM, IMPORTANT), labelled),
    )
    at_rest = replace(recipe, learning_rate=0.0)
    training = LevelTraining(at_rest, network, samples, None, None, 2 * TIMED_STEPS, generator)
    for _ in range(TIMED_STEPS):
        training.step()
    started = now()
    for _ in range(TIMED_STEPS):
        training.step()
    return (now() - started) / TIMED_STEPS
