"""Neural normal mapping: the analytic gradient of the finest level at the points of a coarse surface.

The seed paper (section 5) asks that the coarse surface lie in the neighborhood [|f| <= delta] of the fine
one; points that do not are masked.
"""

from dataclasses import dataclass

import numpy as np

from ..errors import NeuralShapesError
from ..fields.field import Field
from ..fields.nested import NestedField
from .projection import project_to_surface
from .transform import normalized

# A vector this short has no direction: the gradient on the medial axis, where two sides meet, or the blend of
# two normals that are opposite.
SHORTEST_VECTOR = 1e-3

# A shape of a single level has no coarser one whose neighborhood could be its reach. Low-poly meshes of 2% of
# a scan's faces lie within 0.0225 of the scan, and 99% of their area within half of that (measured).
SMALLEST_BAND = 0.02


@dataclass(frozen=True)
class Reach:
    """How far from the neural surface a point may lie to take its normal; lengths in domain units.

    Points with |f| up to ``band`` take it whole, those beyond band + ``margin`` keep their own.
    ``newton_steps`` is the number of steps to the surface before the gradient is taken; with none it is
    taken at the point itself, as in the seed paper (section 5).
    """

    band: float
    margin: float
    newton_steps: int = 0

    def __post_init__(self) -> None:
        if not (self.band > 0 and self.margin >= 0 and self.newton_steps >= 0):
            raise ValueError("A reach needs a positive band, and no negative margin or number of steps.")

    @classmethod
    def of_field(cls, field: NestedField, newton_steps: int = 0, distance: float = 0.0) -> "Reach":
        """The reach of a nested field: the neighborhood of its coarsest level, which holds all the others.

        A ``distance`` above 0 takes the place of its threshold. The margin is as wide as the band.
        """
        band = distance or max(field.thresholds[0], SMALLEST_BAND)
        return cls(band, band, newton_steps)

    @property
    def limit(self) -> float:
        """The distance from which on points keep their own normals."""
        return self.band + self.margin

    def weight(self, values: np.ndarray) -> np.ndarray:
        """1 where |values| (N,) are within the band, smoothly down to 0 at the limit; float32 (N,)."""
        x = np.clip((np.abs(values) - self.band) / max(self.margin, np.finfo(np.float32).eps), 0, 1)
        return (1 - x * x * (3 - 2 * x)).astype(np.float32)


@dataclass(frozen=True)
class MappedNormals:
    """Unit normals (N, 3), and the weight (N,) of each: 0 where a point is masked and keeps its own."""

    normals: np.ndarray
    weights: np.ndarray

    @property
    def masked_share(self) -> float:
        """The share of points out of the shape's reach, which keep their own normal."""
        return float(np.mean(self.weights == 0)) if len(self.weights) else 0.0


def map_normals(field: Field, points: np.ndarray, reach: Reach) -> MappedNormals:
    """The normals that a field gives to points (N, 3), both in the domain.

    The weight is 0 for points out of reach and where the gradient has no direction. Neither a step nor the
    whole way to the surface is longer than the reach's limit.
    """
    end = project_to_surface(field, points, reach.newton_steps, reach.limit, reach.limit)
    weights = reach.weight(end.first_values)
    weights[np.linalg.norm(end.gradients, axis=1) < SHORTEST_VECTOR] = 0
    return MappedNormals(normalized(end.gradients), weights)


def agreement(own: np.ndarray, mapped: np.ndarray, weights: np.ndarray) -> float:
    """The weighted sum of the cosines between points' own normals (N, 3) and those mapped to them (N, 3)."""
    return float(np.einsum("n,nx,nx->", weights, own, mapped))


def check_orientation(total_agreement: float) -> None:
    """Raises NeuralShapesError when a target's own normals are opposite to those that it takes."""
    if total_agreement < 0:
        raise NeuralShapesError("The target's faces point inwards; recalculate them first (Mesh > Normals).")


def blended_normals(own: np.ndarray, mapped: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Unit normals (N, 3): exactly ``own`` where the weight (N,) is 0, and ``mapped`` where it is 1.

    Where the two cancel, ``own`` stays too.
    """
    blend = own + np.asarray(weights, dtype=np.float32)[:, None] * (mapped - own)
    kept = (np.asarray(weights) == 0) | (np.linalg.norm(blend, axis=1) < SHORTEST_VECTOR)
    return np.where(kept[:, None], own, normalized(blend)).astype(np.float32)
