"""How far two surfaces are apart: Chamfer and Hausdorff distances by exact point-to-mesh distances."""

from dataclasses import dataclass

import numpy as np

from .distance import SignedDistance
from .mesh import TriangleMesh
from .sampling import sample_surface

# Area-uniform samples of each of the two surfaces (design, section 5).
SAMPLES_PER_SIDE = 30_000
# What is farther away than a hundredth of the domain's width is missed altogether; a sound Draft's 99th
# percentile is a tenth of that (README).
MISSING = 0.02


@dataclass(frozen=True)
class SurfaceErrors:
    """Distances between two surfaces, in their unit.

    ``chamfer`` is the mean of the two one-sided mean distances, not squared. ``hausdorff`` is the larger of
    the two one-sided maxima over the samples, ``hausdorff_99`` of the two 99th percentiles. ``missing_share``
    is the share of the second surface's area that is farther than MISSING from the first.
    """

    chamfer: float
    hausdorff: float
    hausdorff_99: float
    missing_share: float


def surface_errors(
    first: SignedDistance, second: SignedDistance, generator: np.random.Generator
) -> SurfaceErrors:
    """Distances between the meshes of two distance objects, both with some area."""
    sides = [
        _one_sided(first.mesh, second, generator),
        _one_sided(second.mesh, first, generator),
    ]
    return SurfaceErrors(
        chamfer=float(np.mean([side.mean() for side in sides])),
        hausdorff=float(max(side.max() for side in sides)),
        hausdorff_99=float(max(np.percentile(side, 99) for side in sides)),
        missing_share=float((sides[1] > MISSING).mean()),
    )


def _one_sided(mesh: TriangleMesh, other: SignedDistance, generator: np.random.Generator) -> np.ndarray:
    points = sample_surface(mesh, SAMPLES_PER_SIDE, generator).points
    return other.closest_points(points).distances
