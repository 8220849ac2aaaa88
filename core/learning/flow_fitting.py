"""Fitting a divergence-free flow that carries one solid onto another, without correspondences.

A random walk through flows that fold space finds low losses by cheating the integrator; few enough steps of
a low learning rate, a strain penalty and enough integration steps prevent it. A point's way there and back
tells: it should end where it started.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ..fields.flow import DivergenceFreeFlow
from ..geometry.distance import SignedDistance
from ..geometry.sampling import sample_surface
from .distance_grid import DistanceGrid
from .divergence import require_finite
from .morph_recipes import FlowRecipe

# Points of each surface and interior that batches are drawn from.
POOL_POINTS = 60_000
# Cells are halved when fewer of the points drawn from them are inside, as in a thin rod, unless there are as
# many cells as points wanted already.
SMALLEST_SHARE_INSIDE = 0.25
# Interior points outside the other solid weigh twice a surface point off the other surface (measured).
INTERIOR_WEIGHT = 2.0
# The sliced Wasserstein distance of surfaces, relative to that of interiors (measured).
SURFACE_TRANSPORT_WEIGHT = 0.5
# Decay rates of Adam: batches are small and the path is short.
DECAY_RATES = (0.9, 0.99)
# The learning rate does not fall below this share of its highest value.
LEAST_RATE = 0.02


class Solid(NamedTuple):
    """What the fitting needs of one end: its distance, and points on and inside it, (N, 3)."""

    distance: DistanceGrid
    surface: Tensor
    interior: Tensor

    @classmethod
    def of_mesh(
        cls,
        distance: SignedDistance,
        grid: int,
        generator: np.random.Generator,
        device: torch.device,
        progress: Callable[[float], None] | None = None,
    ) -> "Solid":
        """The solid of a placed mesh, with distances on a grid of ``grid`` points an axis.

        ``progress`` is told the share done, nearly all of it for the grid, and may raise to stop.
        """
        surface = sample_surface(distance.mesh, POOL_POINTS, generator).points
        on_grid = DistanceGrid.of_mesh(distance, grid, device, progress)
        interior = _interior_points(distance, on_grid, POOL_POINTS, generator, progress)
        return cls(on_grid, torch.as_tensor(surface, device=device), torch.as_tensor(interior, device=device))


class FlowModule(nn.Module):
    """A flow with trainable coefficients; see ``core.fields.flow.DivergenceFreeFlow``.

    ``strains`` (T, K, 3) are the coefficients times |w|^2: a wave's strain is proportional to its own.
    """

    def __init__(self, recipe: FlowRecipe, generator: torch.Generator) -> None:
        super().__init__()
        directions = torch.randn(recipe.waves, 3, generator=generator)
        directions /= directions.norm(dim=1, keepdim=True)
        octaves = torch.rand(recipe.waves, 1, generator=generator) * math.log(recipe.highest / recipe.lowest)
        self.register_buffer("frequencies", directions * octaves.exp() * recipe.lowest)
        self.register_buffer("phases", torch.rand(recipe.waves, generator=generator) * (2 * math.pi))
        self.strains = nn.Parameter(torch.zeros(recipe.cosines, recipe.waves, 3))

    def transport_and_energy(
        self, points: Tensor, start: float, end: float, steps: int
    ) -> tuple[Tensor, Tensor]:
        """Points (N, 3) of the time ``start`` at the time ``end``, by midpoint steps, differentiable; and the
        mean of |V|^2 over points and time on the way.
        """
        step, energy = (end - start) / steps, torch.zeros((), device=points.device)
        for index in range(steps):
            time = start + index * step
            middle = points + step / 2 * self._velocity(points, time)
            velocity = self._velocity(middle, time + step / 2)
            points = points + step * velocity
            energy = energy + velocity.square().sum(dim=1).mean() / steps
        return points, energy

    def to_flow(self) -> DivergenceFreeFlow:
        """A copy of the coefficients as a numpy flow."""
        arrays = (self.frequencies, self.phases, self._coefficients())
        return DivergenceFreeFlow(*(array.detach().cpu().numpy().copy() for array in arrays))

    def _coefficients(self) -> Tensor:
        return self.strains / self.frequencies.square().sum(dim=1)[:, None]

    def _velocity(self, points: Tensor, time: float) -> Tensor:
        orders = torch.arange(len(self.strains), device=points.device)
        in_time = torch.cos(math.pi * time * orders)
        coefficients = torch.einsum("t,tkc->kc", in_time, self._coefficients())
        amplitudes = torch.linalg.cross(self.frequencies, coefficients)
        return torch.cos(torch.addmm(self.phases, points, self.frequencies.T)) @ amplitudes


class FlowFitting:
    """A flow on its way from rest to one that carries the first solid onto the second."""

    def __init__(
        self,
        first: Solid,
        second: Solid,
        recipe: FlowRecipe,
        generator: torch.Generator,
    ) -> None:
        """Both solids are placed in the domain and of equal volume, which no such flow could change."""
        self.step_index = 0
        self._recipe, self._generator = recipe, generator
        self._ends = (first, second)
        self._module = FlowModule(recipe, generator).to(first.surface.device)
        self._optimiser = torch.optim.Adam(
            self._module.parameters(), lr=recipe.learning_rate, betas=DECAY_RATES
        )

    @property
    def flow(self) -> DivergenceFreeFlow:
        """The flow reached so far."""
        return self._module.to_flow()

    def step(self) -> float:
        """One step of the optimiser; returns the loss before it. Raises Diverged."""
        through = self.step_index / self._recipe.steps
        for group in self._optimiser.param_groups:
            group["lr"] = self._recipe.learning_rate * (0.5 * (1 + math.cos(math.pi * through)) + LEAST_RATE)
        loss = self._loss(transport_weight=(1 - through) ** 2)
        self._optimiser.zero_grad()
        loss.backward()
        self._optimiser.step()
        self.step_index += 1
        value = float(loss.detach())
        require_finite(value, self._module.parameters())
        return value

    def _loss(self, transport_weight: float) -> Tensor:
        """Distances of what was carried, both ways; an optimal-transport term that fades; energy; strain."""
        first, second = self._ends
        forward = self._one_way(first, second, 0.0, 1.0, transport_weight)
        backward = self._one_way(second, first, 1.0, 0.0, transport_weight)
        return forward + backward + self._recipe.strain_weight * self._module.strains.square().sum()

    def _one_way(
        self, source: Solid, target: Solid, start: float, end: float, transport_weight: float
    ) -> Tensor:
        surface, interior = self._draw(source.surface), self._draw(source.interior)
        carried, energy = self._module.transport_and_energy(
            torch.cat([surface, interior]), start, end, self._recipe.integration_steps
        )
        carried_surface, carried_interior = carried.split(len(surface))
        distances = target.distance(carried)
        off_surface, outside = distances[: len(surface)].abs(), distances[len(surface) :].relu()
        transport = self._sliced_wasserstein(carried_interior, self._draw(target.interior))
        transport = transport + SURFACE_TRANSPORT_WEIGHT * self._sliced_wasserstein(
            carried_surface, self._draw(target.surface)
        )
        losses = off_surface.mean() + INTERIOR_WEIGHT * outside.mean() + transport_weight * transport
        return losses + self._recipe.energy_weight * energy

    def _sliced_wasserstein(self, first: Tensor, second: Tensor) -> Tensor:
        """Sliced 1-Wasserstein distance of clouds (N, 3) over random directions (Rabin et al. 2011)."""
        directions = torch.randn(3, self._recipe.projections, generator=self._generator).to(first.device)
        directions = directions / directions.norm(dim=0)
        return (
            ((first @ directions).sort(dim=0).values - (second @ directions).sort(dim=0).values).abs().mean()
        )

    def _draw(self, pool: Tensor) -> Tensor:
        rows = torch.randint(len(pool), (self._recipe.points,), generator=self._generator)
        return pool[rows.to(pool.device)]


def seconds_of_flow_step(recipe: FlowRecipe, device: torch.device, now: Callable[[], float]) -> float:
    """The time of one step by the clock ``now``, on made-up solids."""
    generator = torch.Generator().manual_seed(0)
    points = torch.rand(recipe.points, 3, generator=generator).to(device)
    solid = Solid(DistanceGrid(torch.zeros(2, 2, 2, device=device)), points, points)
    fitting = FlowFitting(solid, solid, recipe, generator)
    fitting.step()
    started = now()
    fitting.step()
    return now() - started


def _interior_points(
    distance: SignedDistance,
    grid: DistanceGrid,
    count: int,
    generator: np.random.Generator,
    progress: Callable[[float], None] | None,
) -> np.ndarray:
    """Points uniform inside a solid, float32 (count, 3), drawn from cells of its grid."""
    cells, side = grid.cells_reaching_inside()
    found: list[np.ndarray] = []
    while sum(map(len, found)) < count:
        if progress is not None:
            progress(1.0)
        corners = cells[generator.integers(len(cells), size=count)]
        points = (corners + side * generator.random((count, 3))).astype(np.float32)
        found.append(points[distance.is_inside(points)])
        if len(found[-1]) < SMALLEST_SHARE_INSIDE * count and len(cells) < count:
            cells, side = _halved(cells, side, distance)
    return np.concatenate(found)[:count]


def _halved(cells: np.ndarray, side: float, distance: SignedDistance) -> tuple[np.ndarray, float]:
    """Those halves of cells that can hold points inside, by their lower corners (N, 3), and their side."""
    octants = np.stack(np.unravel_index(np.arange(8), (2, 2, 2)), axis=-1)
    halves = (cells[:, None] + side / 2 * octants).reshape(-1, 3)
    half_diagonal = math.sqrt(3) / 2 * side / 2
    return halves[distance.signed_distance(halves + side / 4) <= half_diagonal], side / 2
