"""Recipes of morphs: all that turns meshes into segments over time, as small frozen dataclasses."""

import math
from dataclasses import dataclass, replace

from ..fields.nested import ResidualBand
from .recipes import DISTANCES, LevelRecipe, NetworkRecipe, Recipe, Samples


@dataclass(frozen=True)
class FlowRecipe:
    """How a flow is fitted.

    Frequencies are log-uniform in length from ``lowest`` to ``highest``, in radians per domain unit. There
    are ``cosines`` in time, ``integration_steps`` midpoint steps, ``points`` of each surface and interior
    in a batch, and ``projections`` of the sliced Wasserstein distance; distances are read from a grid of
    ``grid`` points an axis. ``energy_weight`` is that of the mean |V|^2 along the paths, which is smallest
    when nothing hurries (Benamou and Brenier 2000). Learning rates of 0.03 and more diverge or cheat
    (measured).
    """

    waves: int = 320
    lowest: float = 1.0
    highest: float = 14.0
    cosines: int = 5
    integration_steps: int = 8
    points: int = 400
    projections: int = 48
    strain_weight: float = 1e-3
    energy_weight: float = 0.0
    learning_rate: float = 0.01
    grid: int = 96
    steps: int = 1500


@dataclass(frozen=True)
class VolumeRecipe:
    """The default: a divergence-free flow is fitted first, and teaches the levels of the space-time field.

    ``time_scale`` shrinks the first weights of time, since shapes change less over the unit of time than over
    that of space; ``sweeps`` of particles make the samples, in which both ends count ``weight_of_ends`` times
    as much as a time between.
    """

    flow: FlowRecipe
    levels: tuple[LevelRecipe, ...]
    sweeps: int
    time_scale: float
    weight_of_ends: int = 1

    @property
    def steps(self) -> int:
        """Steps of the flow and all levels."""
        return self.flow.steps + sum(level.steps for level in self.levels)

    def scaled(self, share: float) -> "VolumeRecipe":
        """The recipe for a share of its time: fewer steps and samples, and a coarser grid."""
        grid = max(SMALLEST_GRID, round(self.flow.grid * share ** (1 / 3)))
        return replace(
            self,
            flow=replace(self.flow, steps=_share_of(self.flow.steps, share), grid=grid),
            levels=tuple(replace(level, steps=_share_of(level.steps, share)) for level in self.levels),
            sweeps=_share_of(self.sweeps, share),
        )


@dataclass(frozen=True)
class LevelSetRecipe:
    """A space-time network trained on the level-set equation itself, after the first shape's own network.

    Weights are those of the means over their points: ``boundary`` of (f - g)^2 at both ends, ``normals`` of
    1 - cos on their surfaces, ``level_set`` of the squared residual, ``eikonal`` of | |grad f| - 1 |.
    ``first`` trains the first shape, whose network the space-time one, of the same size, begins as.
    ``potentials`` are the
    networks of the velocity V = curl D + beta(f) grad G; without them V is NISE's.
    """

    first: LevelRecipe
    steps: int
    learning_rate: float
    batch: int
    optimiser: str
    boundary: float
    normals: float
    level_set: float
    eikonal: float
    potentials: NetworkRecipe | None = None

    def scaled(self, share: float) -> "LevelSetRecipe":
        """The recipe for a share of its time."""
        first = replace(self.first, steps=_share_of(self.first.steps, share))
        return replace(self, first=first, steps=_share_of(self.steps, share))


# The smallest grid in which a flow still finds limbs of the size that morphs at all.
SMALLEST_GRID = 48

NEAR_SURFACE = (0.003, 0.01, 0.04)
# Labels are blended distances: near the surface at three scales, and enough elsewhere for signs and slopes.
COARSE = LevelRecipe(
    NetworkRecipe(64, 1, first_omega=15.0),
    Samples(displaced={0.003: 0.1, 0.01: 0.25, 0.04: 0.25}, uniform=0.4),
    DISTANCES,
    steps=2500,
    learning_rate=2e-3,
)
# The labels' gradients over space and time hold the surface's normals and its speed at once. The band fades
# slowly: from 0.03 to 0.06 the weight's own slope left an eikonal error of 0.11 in place of 0.05 (measured).
FINE = LevelRecipe(
    NetworkRecipe(128, 2, first_omega=30.0),
    Samples(surface=0.4, displaced={0.003: 0.2, 0.01: 0.2, 0.04: 0.2}, with_normals=0.4),
    {"signed_distance": 1.0, "normal_difference": 0.01},
    steps=3000,
    learning_rate=1e-3,
    band=ResidualBand(scale=0.01, inner=0.03, outer=0.1),
)
VOLUME = VolumeRecipe(FlowRecipe(), (COARSE, FINE), sweeps=4, time_scale=0.6)
# For solids with limbs and folds, whose mean thickness in domain units is less than the first number.
SLENDER = 0.16
SLENDER_VOLUME = replace(
    VOLUME,
    levels=(
        replace(COARSE, network=NetworkRecipe(96, 1, first_omega=20.0)),
        # Normals alone leave slopes on the surface 5% too small where detail is smoothed. Off the surface
        # they are worst, inside thin walls: with the eikonal term there their mean error near the surface
        # is 0.077 in place of 0.104 from armadillo to the bunny. With a weight of 0.1 and normals on fewer
        # points it is 0.066, but the ends are 14% farther from their meshes (measured).
        replace(
            FINE,
            network=NetworkRecipe(192, 2, first_omega=40.0),
            samples=replace(FINE.samples, with_gradients={0.01: 0.1, 0.04: 0.15}),
            losses={**FINE.losses, "eikonal": 0.03},
            steps=8000,
        ),
    ),
    weight_of_ends=3,
)
# For plates and rods, which have to be met more exactly.
THIN = 0.07
THIN_VOLUME = replace(
    SLENDER_VOLUME,
    flow=FlowRecipe(waves=384, highest=20.0, integration_steps=10, energy_weight=0.02, steps=2000),
)

# A shape by itself, as the beginning of a morph: one network, distances and normals.
FIRST_SHAPE = LevelRecipe(
    NetworkRecipe(128, 2, first_omega=20.0),
    Samples(surface=0.3, displaced={0.003: 0.1, 0.01: 0.2, 0.04: 0.15}, uniform=0.25, with_normals=0.125),
    {"signed_distance": 1.0, "normal_difference": 0.024},
    steps=400,
    learning_rate=2e-3,
)
# NISE (Novello et al. 2023): its weights, and its first frequency of 20.
FLOW = LevelSetRecipe(
    FIRST_SHAPE, steps=1200, learning_rate=1e-3, batch=2048, optimiser="soap",
    boundary=1e4, normals=1e1, level_set=1e1, eikonal=0.0,
)  # fmt: skip
# Volume-preserving morphing as published (Buonomo, Digne, Chaine 2025).
JOINT = LevelSetRecipe(
    FIRST_SHAPE, steps=1200, learning_rate=1e-3, batch=2048, optimiser="soap",
    boundary=1e4, normals=1e1, level_set=1e5, eikonal=1.0, potentials=NetworkRecipe(64, 1, first_omega=10.0),
)  # fmt: skip
# Levels of the end shapes of a blend: they stand alone, so that their blend is a network as well.
BLEND = Recipe("blend", (replace(FIRST_SHAPE, network=NetworkRecipe(64, 1), steps=600),
                         replace(FIRST_SHAPE, network=NetworkRecipe(128, 2), steps=1500)))  # fmt: skip

MODES: dict[str, Recipe | LevelSetRecipe | VolumeRecipe] = {
    "blend": BLEND,
    "flow": FLOW,
    "volume": VOLUME,
    "joint": JOINT,
}
# Volume recipes by the thickness below which they are used, the thinnest first.
OF_THICKNESS = ((THIN, THIN_VOLUME), (SLENDER, SLENDER_VOLUME), (math.inf, VOLUME))
# Each mesh into the domain by itself, or all as they stand to one another.
PLACEMENTS = ("fit", "keep")


def volume_recipe(thickness: float) -> VolumeRecipe:
    """The recipe for solids of which the thinnest has this mean thickness, in domain units."""
    return next(recipe for largest, recipe in OF_THICKNESS if thickness < largest)


def _share_of(count: int, share: float) -> int:
    return max(1, round(count * share))
