"""Recipes: everything that turns a mesh into a nested field, as small frozen dataclasses."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..fields.nested import ResidualBand


@dataclass(frozen=True)
class NetworkRecipe:
    """A SIREN in the seed paper's (h,d) notation: ``depth`` matrices of width x width."""

    width: int
    depth: int
    first_omega: float = 30.0
    hidden_omega: float = 30.0


@dataclass(frozen=True)
class Samples:
    """How a batch is made up: shares that add up to one.

    ``surface`` points are uniform by area and have distance 0; ``displaced`` maps standard deviations
    (domain units) to the shares of surface points moved by such a Gaussian; ``uniform`` points fill the
    domain and a little more. ``with_normals`` is the part of the batch, out of its surface points, whose
    gradients are compared with normals; ``with_gradients`` the part, out of its uniform points, whose
    gradients enter the eikonal loss.
    """

    surface: float = 0.0
    displaced: Mapping[float, float] = field(default_factory=dict)
    uniform: float = 0.0
    with_normals: float = 0.0
    with_gradients: float = 0.0


@dataclass(frozen=True)
class LevelRecipe:
    """How one level is trained.

    ``losses`` maps names of ``core.learning.losses`` to weights of their means over the batch. A level with
    a ``band`` is a residual of the level before it, and without one stands alone. The learning rate warms
    up and then falls along a cosine.
    """

    network: NetworkRecipe
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


# The trial's recipe that won over all others (methods: a base of distances alone, a residual in its band).
EVERYWHERE = Samples(displaced={0.005: 0.2, 0.02: 0.2, 0.08: 0.2}, uniform=0.4)
IN_BAND = Samples(surface=0.45, displaced={0.003: 0.35, 0.01: 0.15, 0.04: 0.05}, with_normals=0.125)
BAND = ResidualBand(scale=0.01, inner=0.02, outer=0.04)
DISTANCES = {"signed_distance": 1.0}
DISTANCES_AND_NORMALS = {"signed_distance": 1.0, "normal_difference": 0.024}


def _base(steps: int) -> LevelRecipe:
    return LevelRecipe(NetworkRecipe(64, 1), EVERYWHERE, DISTANCES, steps, learning_rate=2e-3)


def _residual(steps: int) -> LevelRecipe:
    network = NetworkRecipe(128, 2, first_omega=45.0)
    return LevelRecipe(network, IN_BAND, DISTANCES_AND_NORMALS, steps, learning_rate=1e-3, band=BAND)


DRAFT = Recipe("draft", (_base(400), _residual(420)))
STANDARD = Recipe("standard", (_base(1000), _residual(3000)))

PRESETS: dict[str, Recipe] = {recipe.name: recipe for recipe in (DRAFT, STANDARD)}
