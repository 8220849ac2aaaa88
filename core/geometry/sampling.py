"""Random points on a mesh, near it, and in the unit domain."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from .mesh import TriangleMesh

# How far beyond [-1, 1] on every side a field is still sampled when it is trained: the largest errors
# within a domain sampled no further sit in its corners (measured).
BEYOND_DOMAIN = 0.1


class SurfaceSamples(NamedTuple):
    """Points on a mesh: positions and face normals (N, 3) float32, faces (N,) and barycentrics (N, 3)."""

    points: np.ndarray
    normals: np.ndarray
    faces: np.ndarray
    barycentrics: np.ndarray


def sample_surface(mesh: TriangleMesh, count: int, generator: np.random.Generator) -> SurfaceSamples:
    """Points uniform by area, with the normals of their faces, in the mesh's own units.

    Raises ValueError for a mesh without area.
    """
    cumulative = np.cumsum(mesh.face_areas)
    if not len(cumulative) or not cumulative[-1] > 0:
        raise ValueError("A mesh without area cannot be sampled.")
    # The right side keeps faces without area from being chosen.
    faces = np.searchsorted(cumulative, generator.uniform(0, cumulative[-1], count), side="right")
    faces = np.minimum(faces, len(cumulative) - 1)
    barycentrics = _uniform_barycentrics(count, generator)
    points = np.einsum("nc,ncd->nd", barycentrics, mesh.corners[faces])
    return SurfaceSamples(
        points.astype(np.float32),
        mesh.face_normals[faces].astype(np.float32),
        faces,
        barycentrics.astype(np.float32),
    )


def sample_near_surface(
    mesh: TriangleMesh, count: int, shares: Mapping[float, float], generator: np.random.Generator
) -> np.ndarray:
    """Surface points displaced by isotropic Gaussians: float32 (N, 3), in random order.

    ``shares`` maps each standard deviation (in the mesh's units) to its share of the points; shares are
    relative to their sum.
    """
    deviations = np.fromiter(shares.keys(), dtype=np.float64)
    weights = np.fromiter(shares.values(), dtype=np.float64)
    chosen = generator.choice(deviations, size=count, p=weights / weights.sum())
    surface = sample_surface(mesh, count, generator).points
    return surface + (generator.standard_normal((count, 3)) * chosen[:, None]).astype(np.float32)


def sample_domain(count: int, generator: np.random.Generator, beyond: float = 0.0) -> np.ndarray:
    """Points uniform in the unit domain, or ``beyond`` it by that much on every side: float32 (N, 3)."""
    return generator.uniform(-1 - beyond, 1 + beyond, (count, 3)).astype(np.float32)


def _uniform_barycentrics(count: int, generator: np.random.Generator) -> np.ndarray:
    """Barycentric coordinates uniform by area: the square-root map (Osada et al. 2002, section 3.1)."""
    root = np.sqrt(generator.random(count))
    along = generator.random(count)
    return np.stack([1 - root, root * (1 - along), root * along], axis=1)
