"""Recipes: everything that turns a mesh into a nested field, as small frozen dataclasses."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..fields.nested import ResidualBand

# The kind of points that fill the domain: the deviation without bounds.
UNIFORM = math.inf


@dataclass(frozen=True)
class NetworkRecipe:
    """A SIREN in the seed paper's (h,d) notation: ``depth`` matrices of width x width."""

    width: int
    depth: int
    first_omega: float = 30.0
    hidden_omega: float = 30.0


@dataclass(frozen=True)
class PerceptronRecipe:
    """A perceptron of ``depth`` + 1 hidden layers (see ``core.fields.perceptron.Perceptron``).

    ``features`` is the number of its Fourier features' frequencies, 0 for none, which are drawn from a normal
    distribution with the given ``deviation`` in turns per domain unit.
    """

    width: int
    depth: int
    activation: str = "relu"
    skip: int | None = None
    features: int = 0
    deviation: float = 1.0


@dataclass(frozen=True)
class Samples:
    """How a batch is made up: shares that add up to one.

    ``surface`` points are uniform by area and have distance 0; ``displaced`` maps standard deviations
    (domain units) to the shares of surface points moved by such a Gaussian; ``uniform`` points fill the
    domain and a little more. ``with_normals`` is the part of the batch, out of its surface points, whose
    gradients are compared with normals; ``with_gradients`` maps standard deviations, and UNIFORM for uniform
    points, to the parts of the batch, out of these points, whose gradients enter the eikonal loss.
    ``important`` points are uniform ones of which each is kept with probability exp(-IMPORTANCE |d|)
    (Davies et al. 2020).
    """

    surface: float = 0.0
    displaced: Mapping[float, float] = field(default_factory=dict)
    uniform: float = 0.0
    with_normals: float = 0.0
    with_gradients: Mapping[float, float] = field(default_factory=dict)
    important: float = 0.0


@dataclass(frozen=True)
class LevelRecipe:
    """How one level is trained.

    ``losses`` maps names of ``core.learning.losses`` to weights of their means over the batch. A level with
    a ``band`` is a residual of the level before it, and without one stands alone. The learning rate warms
    up and then falls along a cosine.
    """

    network: NetworkRecipe | PerceptronRecipe
    samples: Samples
    losses: Mapping[str, float]
    steps: int
    learning_rate: float
    batch: int = 4096
    optimiser: str = "soap"
    band: ResidualBand | None = None


@dataclass(frozen=True)
class Recipe:
    """Levels from coarse to fine, in the order in which they are trained."""

    name: str
    levels: tuple[LevelRecipe, ...]

    @property
    def steps(self) -> int:
        """Steps of all levels."""
        return sum(level.steps for level in self.levels)


# Points near the surface at three scales, and enough in the rest of the domain for its signs.
EVERYWHERE = Samples(displaced={0.005: 0.2, 0.02: 0.2, 0.08: 0.2}, uniform=0.4)
# M-plicits moves a point along its vertex's normal only as far as the offset is its distance, so that labels
# are free and thin parts do not fold. Here every point has its exact distance as its label: nothing folds.
# Every surface point carries its normal: against an eighth of the batch this lowers the mean |f| on the
# surfaces of lucy and fandisk by 5 and 18% within the same time (Draft, measured).
IN_BAND = Samples(surface=0.5, displaced={0.003: 0.3, 0.01: 0.15, 0.04: 0.05}, with_normals=0.5)
DISTANCES = {"signed_distance": 1.0}
# Among weights of 0.008 to 0.08 for the normals this one gives the smallest distances (Draft, measured).
DISTANCES_AND_NORMALS = {"signed_distance": 1.0, "normal_difference": 0.025}

# How fast uniform points are thinned out with their distance: beta of Davies et al. 2020, per domain unit.
IMPORTANCE = 30.0

# The coarse level: distances alone, for a few seconds (methods: the base of the residual recipe).
BASE = LevelRecipe(NetworkRecipe(64, 1), EVERYWHERE, DISTANCES, steps=300, learning_rate=2e-3)
# Its residual, in a band that holds the coarse level's error everywhere on the surface of most meshes.
RESIDUAL = LevelRecipe(
    NetworkRecipe(128, 2, first_omega=45.0),
    IN_BAND,
    DISTANCES_AND_NORMALS,
    steps=400,
    # As good as 1.4e-3, and further from where training diverges: a SIREN of one more matrix does so there.
    learning_rate=1e-3,
    band=ResidualBand(scale=0.01, inner=0.02, outer=0.04),
)

# A level that stands alone and holds distances and slopes in the whole domain, where the base is too small:
# armadillo's mean |f - d| there falls from 42e-4 to 19e-4 and the eikonal error from 0.081 to 0.048. As a
# residual of the base it stays at 29e-4 and 0.078, since what it adds to has creases of its own; without the
# eikonal term it is at 21e-4 and 0.061; and a finest level that adds everywhere, whose frequencies are high,
# leaves 0.13 (all measured, with as many steps, the last three with an eikonal weight of 0.1).
MIDDLE = LevelRecipe(
    NetworkRecipe(96, 2),
    Samples(
        displaced={0.005: 0.4 / 3, 0.02: 0.4 / 3, 0.08: 0.4 / 3}, uniform=0.6, with_gradients={UNIFORM: 0.3}
    ),
    # Weights of 0.1 and a learning rate of 2e-3 leave 20e-4 and 0.052 on armadillo, 3e-3 23e-4 and 0.058.
    {"signed_distance": 1.0, "eikonal": 0.2},
    steps=1200,
    learning_rate=1.4e-3,
)

DRAFT = Recipe("draft", (BASE, RESIDUAL))
# The finest level on the middle one, in a narrower band. What follows is armadillo's mean |f| on the surface,
# x 1e-4, each after as much time. One more matrix than Draft's leaves 1.6 where two leave 2.0, (160,2) 1.65
# and (96,4) 1.86. The learning rate decides: 5e-4 leaves 1.66, 1e-3 1.86, and 1.4e-3 11.
# Frequencies of 55 or 75 leave 1.62 and 1.58, batches of 2048 1.66. Muon in place of SOAP leaves 1.64 at its
# best rate; points drawn in proportion to their error, in the last three fifths of the steps, leave 1.87.
STANDARD = Recipe(
    "standard",
    (
        replace(BASE, steps=1200),
        MIDDLE,
        replace(
            RESIDUAL,
            network=NetworkRecipe(128, 3, first_omega=65.0),
            batch=3072,
            steps=2400,
            learning_rate=7e-4,
            band=ResidualBand(scale=0.006, inner=0.012, outer=0.024),
        ),
    ),
)
# The seed paper's largest network as the last level; its band is that of Standard's largest errors. In 1,600
# steps a learning rate of 2e-4 brings armadillo's mean |f| from 1.6e-4 to 0.9e-4, 3e-4 to 1.0e-4, and 5e-4
# leaves it where it was: the network diverges and adds nothing (measured).
DETAILED = Recipe(
    "detailed",
    (
        *STANDARD.levels,
        LevelRecipe(
            NetworkRecipe(256, 3, first_omega=90.0),
            replace(IN_BAND, displaced={0.001: 0.25, 0.003: 0.25, 0.01: 0.05}),
            DISTANCES_AND_NORMALS,
            steps=4000,
            learning_rate=2e-4,
            band=ResidualBand(scale=0.002, inner=0.004, outer=0.008),
        ),
    ),
)
# The seed paper's sequence (64,1) > (128,2): every level learns the whole shape (section 6).
INDEPENDENT = Recipe(
    "independent",
    (
        replace(BASE, steps=1200),
        LevelRecipe(
            NetworkRecipe(128, 2),
            Samples(
                surface=0.4, displaced={0.005: 0.15, 0.02: 0.15, 0.08: 0.1}, uniform=0.2, with_normals=0.4
            ),
            DISTANCES_AND_NORMALS,
            steps=2000,
            learning_rate=1e-3,
        ),
    ),
)
# i3d (Novello et al. 2022), by which the seed paper trains its networks: for comparison.
BASELINE = Recipe(
    "baseline",
    (
        LevelRecipe(
            NetworkRecipe(256, 2, first_omega=60.0, hidden_omega=60.0),
            Samples(surface=0.5, uniform=0.5, with_normals=0.5, with_gradients={UNIFORM: 0.5}),
            {"surface": 3e3, "signed_distance": 2e2, "normal_alignment": 1e2, "eikonal": 5e1},
            steps=2000,
            learning_rate=1e-4,
            batch=20_000,
            optimiser="adam",
        ),
    ),
)
# The weight-encoded neural implicit (Davies et al. 2020): 8 hidden layers of 32, 7,553 parameters. With
# Adam in place of SOAP spot is at 19.7 instead of 13.8 after as many steps (Chamfer x 1e-4, measured).
COMPACT = Recipe(
    "compact",
    (
        LevelRecipe(
            PerceptronRecipe(32, 7),
            Samples(important=1.0),
            DISTANCES,
            steps=8000,
            learning_rate=2e-3,
            batch=2048,
        ),
    ),
)
# Independent's fine level with another first layer: Fourier features before ReLUs (Tancik et al. 2020). Their
# deviation is that of the frequencies of a SIREN's first layer: 30 / 2 pi times a weight's, 1 / sqrt(27).
FOURIER = Recipe(
    "fourier",
    (
        replace(
            INDEPENDENT.levels[1], network=PerceptronRecipe(128, 3, features=64, deviation=0.92), steps=3000
        ),
    ),
)
# IGR (Gropp et al. 2020) with its network, initialisation and loss of surface points, normals (tau = 1) and
# slopes (lambda = 0.1), but layers of 128 instead of 512: at 512 a step takes a core seconds.
IGR = Recipe(
    "igr",
    (
        LevelRecipe(
            PerceptronRecipe(128, 7, "softplus", skip=4),
            Samples(surface=0.5, uniform=0.5, with_normals=0.5, with_gradients={UNIFORM: 0.5}),
            {"surface": 1.0, "normal_difference": 1.0, "eikonal": 0.1},
            steps=1500,
            learning_rate=1e-3,
            optimiser="adam",
        ),
    ),
)

PRESETS: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (DRAFT, STANDARD, DETAILED, INDEPENDENT, BASELINE, COMPACT, FOURIER, IGR)
}
