"""Recipes: everything that turns a mesh into a nested field, as small frozen dataclasses."""

from dataclasses import dataclass

from ..fields.nested import ResidualBand


@dataclass(frozen=True)
class NetworkRecipe:
    """A SIREN in the seed paper's (h,d) notation: ``depth`` matrices of width x width."""

    width: int
    depth: int
    first_omega: float = 30.0
    hidden_omega: float = 30.0


@dataclass(frozen=True)
class SampleShares:
    """How a batch is drawn: shares that add up to one.

    ``surface`` points carry distance 0 and the face's normal; ``near`` maps a standard deviation (domain
    units) to the share of surface points displaced by it; ``uniform`` points fill the domain.
    """

    surface: float
    near: dict[float, float]
    uniform: float


@dataclass(frozen=True)
class LevelRecipe:
    """How one level is trained: its network, samples, loss weights and optimiser's step size.

    A level with a ``band`` is a residual of the level before it; without one it stands alone.
    """

    network: NetworkRecipe
    samples: SampleShares
    steps: int
    learning_rate: float
    batch: int = 4096
    normal_share: float = 0.0
    normal_weight: float = 0.0
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


BASE = NetworkRecipe(64, 1)
RESIDUAL = NetworkRecipe(128, 2, first_omega=45.0)
EVERYWHERE = SampleShares(0.0, {0.005: 0.2, 0.02: 0.2, 0.08: 0.2}, 0.4)
IN_BAND = SampleShares(0.45, {0.003: 0.35, 0.01: 0.15, 0.04: 0.05}, 0.0)
BAND = ResidualBand(scale=0.01, inner=0.02, outer=0.04)


def _residual(name: str, base_steps: int, residual_steps: int, learning_rate: float) -> Recipe:
    return Recipe(
        name,
        (
            LevelRecipe(BASE, EVERYWHERE, base_steps, 2e-3),
            LevelRecipe(RESIDUAL, IN_BAND, residual_steps, learning_rate, normal_share=0.125, normal_weight=0.1, band=BAND),
        ),
    )


PRESETS: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (_residual("draft", 200, 400, 2e-3), _residual("standard", 500, 2700, 1e-3))
}
