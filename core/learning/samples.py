"""Training samples: points drawn from a mesh once, labelled once, kept on the device, reused in batches."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..geometry.distance import SignedDistance
from ..geometry.sampling import BEYOND_DOMAIN, sample_domain, sample_near_surface, sample_surface
from .recipes import IMPORTANCE, UNIFORM, LevelRecipe

# Most points of a kind, reused when a training draws more: surface points cost nothing to label, a distance
# some 10 microseconds of a core. Twice as many distances made no shape better (Draft, measured).
MOST_SURFACE_POINTS = 600_000
MOST_LABELLED_POINTS = 120_000
# The kind of uniform points that were thinned out by their distance, and how many there are before that
# (Davies et al. 2020).
IMPORTANT = -math.inf
IMPORTANCE_CANDIDATES = 1_000_000


class SurfacePoints(NamedTuple):
    """Points of the surface and the normals of their faces, both (N, 3)."""

    points: Tensor
    normals: Tensor


class LabelledPoints(NamedTuple):
    """Points (N, 3) and their exact signed distances (N,), in domain units."""

    points: Tensor
    distances: Tensor


class TrainingSamples(NamedTuple):
    """All that a training draws from: the surface, and labelled points by their kind.

    A kind is the standard deviation by which surface points were displaced, UNIFORM for the domain, or
    IMPORTANT for the domain thinned out with the distance.
    """

    surface: SurfacePoints
    labelled: dict[float, LabelledPoints]


def draw_samples(
    distance: SignedDistance,
    levels: list[tuple[LevelRecipe, int]],
    generator: np.random.Generator,
    device: torch.device,
    progress: Callable[[float], None],
) -> TrainingSamples:
    """Samples of a placed mesh for levels that are trained for so many steps each.

    ``progress`` is told the share of the distances that is done, and may raise to stop.
    """

    def tensor(array: np.ndarray) -> Tensor:
        return torch.as_tensor(array, device=device)

    counts = labelled_counts(levels)
    clouds = [
        sample_domain(count, generator, beyond=BEYOND_DOMAIN)
        if math.isinf(kind)
        else sample_near_surface(distance.mesh, count, {kind: 1.0}, generator)
        for kind, count in counts.items()
    ]
    distances = distance.signed_distance(np.concatenate(clouds), progress)
    labels = np.split(distances, np.cumsum(list(counts.values()))[:-1])
    labelled = {
        kind: LabelledPoints(tensor(cloud), tensor(label))
        for kind, cloud, label in zip(counts, clouds, labels, strict=True)
    }
    if IMPORTANT in labelled:
        cloud, label = clouds[0], labels[0]
        kept = generator.random(len(label)) < np.exp(-IMPORTANCE * np.abs(label))
        labelled[IMPORTANT] = LabelledPoints(tensor(cloud[kept]), tensor(label[kept]))
    surface_count = _needed([level.samples.surface * level.batch * steps for level, steps in levels])
    surface = sample_surface(distance.mesh, min(surface_count, MOST_SURFACE_POINTS), generator)
    return TrainingSamples(SurfacePoints(tensor(surface.points), tensor(surface.normals)), labelled)


def labelled_counts(levels: list[tuple[LevelRecipe, int]]) -> dict[float, int]:
    """How many points of each kind need a distance, those that are thinned out first."""
    draws: dict[float, float] = {}
    for level, steps in levels:
        for kind, share in (*level.samples.displaced.items(), (UNIFORM, level.samples.uniform)):
            draws[kind] = draws.get(kind, 0.0) + share * level.batch * steps
    counts = {kind: min(_needed([count]), MOST_LABELLED_POINTS) for kind, count in sorted(draws.items())}
    if any(level.samples.important for level, _ in levels):
        return {IMPORTANT: IMPORTANCE_CANDIDATES} | counts
    return counts


def _needed(draws: list[float]) -> int:
    return math.ceil(sum(draws))


class Pool:
    """Rows of several tensors, drawn in random order without repetition until all have been drawn."""

    def __init__(self, columns: tuple[Tensor, ...], generator: torch.Generator) -> None:
        """Columns have the same length; ``generator`` is the CPU generator of the training."""
        self._columns, self._generator = columns, generator
        self._order = torch.empty(0, dtype=torch.int64)

    def __len__(self) -> int:
        return len(self._columns[0])

    def add_to_column(self, index: int, amount: Callable[[Tensor], Tensor]) -> None:
        """Add amount(first column) to a column; rows shared with other pools stay as they are there."""
        columns = list(self._columns)
        columns[index] = columns[index] + amount(columns[0])
        self._columns = tuple(columns)

    def draw(self, count: int) -> tuple[Tensor, ...]:
        """The next ``count`` rows of each column."""
        while len(self._order) < count:
            shuffled = torch.randperm(len(self), generator=self._generator).to(self._columns[0].device)
            self._order = torch.cat([self._order.to(shuffled.device), shuffled])
        rows, self._order = self._order[:count], self._order[count:]
        return tuple(column[rows] for column in self._columns)
