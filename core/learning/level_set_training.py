"""Segments trained on the level-set equation itself, as published: NISE, and joint volume preservation.

A space-time network begins as the first shape's own network and is pulled to both shapes at the ends and to
f_t + V . grad f = 0 between them.

NISE (Novello et al. 2023) has V = (f - g1) grad f / |grad f| for the second shape's distance g1: every level
set flows towards the second shape along its normals. It changes topology freely and keeps no volume, and on
shapes far apart most of the frames between may be empty at a low loss (reported for armadillo to bunny).

The joint training (Buonomo, Digne, Chaine 2025) learns V = curl D + beta(f) grad G together with f, with
beta(f) = 1 - exp(-0.1 f^2), which vanishes on the surface: a velocity of adaptive divergence, that keeps the
volume of the surface's inside. It fails where its residual stays large, since only V keeps volume and not f:
from scratch and within minutes of a CPU the field freezes and the ends do not fit (Chamfer 0.1 measured on
spot to bob), and the authors' own network of chair to table loses 59% of its volume. It is here for
comparison with ``space_time_training``.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from ..fields.level_set import curl, level_set_residual
from ..fields.nested import Level, NestedField
from ..fields.siren import Siren
from ..fields.space_time import TrainedSegment
from ..geometry.distance import SignedDistance
from ..geometry.sampling import BEYOND_DOMAIN, sample_domain, sample_near_surface
from .divergence import require_finite
from .level_training import WARM_UP, LevelTraining
from .morph_recipes import LevelSetRecipe
from .nesting import NEAR
from .networks import SirenModule, initial_siren
from .optimisers import optimiser
from .samples import Pool, TrainingSamples, draw_samples

# Points between the ends: near both surfaces by this deviation, and in the whole domain, so many of each.
BETWEEN_POINTS = 40_000
BETWEEN_DEVIATION = 0.08
# beta(f) = 1 - exp(-ADAPTIVITY f^2) (Buonomo et al. 2025, the authors' source).
ADAPTIVITY = 0.1
# The first weights of time, relative to random ones: the morph begins nearly at rest.
TIME_WEIGHTS = 0.1

Report = Callable[[str, float, float], None]


class LevelSetTraining:
    """One segment on its way: first the first shape alone, then space and time."""

    def __init__(
        self,
        first: SignedDistance,
        second: SignedDistance,
        recipe: LevelSetRecipe,
        numpy_generator: np.random.Generator,
        generator: torch.Generator,
        device: torch.device,
    ) -> None:
        """Both meshes are placed in the domain; for the joint training they have the same volume."""
        self._ends, self._recipe, self._device = (first, second), recipe, device
        self._numpy_generator, self._generator = numpy_generator, generator
        self._network: SirenModule | None = None
        self._potentials: list[SirenModule] = []
        self.steps_done = 0

    def segment(self) -> TrainedSegment | None:
        """What is reached so far; None before the first shape is trained."""
        if self._network is None:
            return None
        return TrainedSegment(NestedField((Level(self._network.to_siren(), NEAR),)))

    def run(self, report: Report) -> None:
        """Train to the end, or until ``report`` raises. Raises Diverged."""
        samples = [
            draw_samples(
                end,
                [(self._recipe.first, max(self._recipe.first.steps, self._recipe.steps))],
                self._numpy_generator,
                self._device,
                lambda share, index=index: report("distances", (index + share) / 2, float("nan")),
            )
            for index, end in enumerate(self._ends)
        ]
        self._network = SirenModule(self._first_weights(samples[0], report)).to(self._device)
        if self._recipe.potentials is not None:
            self._potentials = [
                SirenModule(initial_siren(self._recipe.potentials, 4, self._generator)).to(self._device)
                for _ in range(4)
            ]
        self._train(self._pools(samples), report)

    def _first_weights(self, samples: TrainingSamples, report: Report) -> Siren:
        """The first shape's network, with a first layer that also knows time."""
        recipe = self._recipe.first
        network = SirenModule(initial_siren(recipe.network, 3, self._generator)).to(self._device)
        training = LevelTraining(recipe, network, samples, None, None, recipe.steps, self._generator)
        while training.step_index < recipe.steps:
            self._count_step(report, training.step())
        static = network.to_siren()
        of_time = TIME_WEIGHTS * initial_siren(recipe.network, 4, self._generator).weights[0][:, 3:]
        first_layer = np.concatenate([static.weights[0], of_time], axis=1)
        return Siren(
            (first_layer, *static.weights[1:]), static.biases, static.first_omega, static.hidden_omega
        )

    def _pools(self, samples: list[TrainingSamples]) -> tuple[list[Pool], list[Pool], Pool]:
        """Surfaces with normals and others with distances, at both ends, and points x with g1 between."""
        surfaces, others = [], []
        for time, end in enumerate(samples):
            surfaces.append(Pool((_at(end.surface.points, time), end.surface.normals), self._generator))
            points = torch.cat([labelled.points for labelled in end.labelled.values()])
            distances = torch.cat([labelled.distances for labelled in end.labelled.values()])
            others.append(Pool((_at(points, time), distances), self._generator))
        near = [
            sample_near_surface(
                end.mesh, BETWEEN_POINTS // 2, {BETWEEN_DEVIATION: 1.0}, self._numpy_generator
            )
            for end in self._ends
        ]
        everywhere = sample_domain(BETWEEN_POINTS, self._numpy_generator, beyond=BEYOND_DOMAIN)
        between = np.concatenate([*near, everywhere])
        target = self._ends[1].signed_distance(between)
        columns = tuple(torch.as_tensor(column, device=self._device) for column in (between, target))
        return surfaces, others, Pool(columns, self._generator)

    def _train(self, pools: tuple[list[Pool], list[Pool], Pool], report: Report) -> None:
        modules = [self._network, *self._potentials]
        parameters = [parameter for module in modules for parameter in module.parameters()]
        steps = optimiser(self._recipe.optimiser, parameters)
        for index in range(self._recipe.steps):
            loss = self._loss(*pools)
            gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.grad = gradient
            for group in steps.param_groups:
                group["lr"] = self._recipe.learning_rate * _schedule(index / self._recipe.steps)
            steps.step()
            value = float(loss.detach())
            require_finite(value, parameters)
            self._count_step(report, value)

    def _loss(self, surfaces: list[Pool], others: list[Pool], between: Pool) -> Tensor:
        """A quarter of the batch on the surfaces, a quarter off them at the ends, and half between."""
        count = self._recipe.batch // 8
        on_surface = [pool.draw(count) for pool in surfaces]
        off_surface = [pool.draw(count) for pool in others]
        places, target = between.draw(4 * count)
        # All times alike, the ends included.
        times = torch.rand(len(places), generator=self._generator).to(places.device)
        points = torch.cat(
            [
                *(points for points, _ in on_surface),
                *(points for points, _ in off_surface),
                torch.cat([places, times[:, None]], dim=1),
            ]
        )
        values, gradients = self._network.value_and_gradient(points)
        ends, inner = slice(0, 4 * count), slice(4 * count, None)
        distances = torch.cat([torch.zeros_like(values[: 2 * count]), *(column for _, column in off_surface)])
        normals = torch.cat([column for _, column in on_surface])
        boundary = (values[ends] - distances).square().mean()
        alignment = (1 - cosine_similarity(gradients[: 2 * count, :3], normals, dim=1)).mean()
        velocity = self._velocity(points[inner], values[inner], gradients[inner], target)
        residual = level_set_residual(gradients[inner], velocity).square().mean()
        slope = (gradients[inner, :3].norm(dim=1) - 1).abs().mean()
        recipe = self._recipe
        return (
            recipe.boundary * boundary
            + recipe.normals * alignment
            + recipe.level_set * residual
            + recipe.eikonal * slope
        )

    def _velocity(self, points: Tensor, values: Tensor, gradients: Tensor, target: Tensor) -> Tensor:
        if not self._potentials:
            return nise_velocity(values, gradients[:, :3], target)
        scalar, *vector = (module.value_and_gradient(points)[1][:, :3] for module in self._potentials)
        return adaptive_velocity(values, scalar, torch.stack(vector, dim=1))

    def _count_step(self, report: Report, loss: float) -> None:
        self.steps_done += 1
        report("training", self.steps_done / (self._recipe.first.steps + self._recipe.steps), loss)


def nise_velocity(values: Tensor, gradients: Tensor, target: Tensor) -> Tensor:
    """(f - g1) grad f / |grad f| (N, 3) from f (N,), grad f (N, 3) and g1 (N,) (Novello et al. 2023)."""
    lengths = gradients.norm(dim=1, keepdim=True).clamp(min=1e-6)
    return (values - target)[:, None] * gradients / lengths


def adaptive_velocity(values: Tensor, scalar_gradient: Tensor, vector_jacobian: Tensor) -> Tensor:
    """curl D + beta(f) grad G (N, 3), without a gradient through beta (Buonomo et al. 2025).

    ``scalar_gradient`` (N, 3) is that of G; ``vector_jacobian`` (N, 3, 3) that of D, entry dD_i / dx_j.
    """
    beta = 1 - torch.exp(-ADAPTIVITY * values.detach().square())
    return curl(vector_jacobian) + beta[:, None] * scalar_gradient


def _schedule(through: float) -> float:
    """Linear warm-up, then half a cosine to zero; 0 to 1."""
    return min(1.0, (through + 1e-3) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * through))


def _at(points: Tensor, time: float) -> Tensor:
    return torch.cat([points, torch.full_like(points[:, :1], time)], dim=1)
