"""Oriented point clouds, such as scanners give: a source of neural shapes beside triangle meshes."""

import hashlib
from dataclasses import dataclass

import numpy as np

from ..errors import NeuralShapesError
from .flatness import lie_in_a_plane

# With fewer points there is no telling what lies between them.
FEWEST_POINTS = 100
# Points no farther apart than this share of the extent are one: float32 fields cannot tell them apart. Some
# would even coincide once they are placed in the domain, and an octree divides without end between those.
RESOLUTION = float(np.finfo(np.float32).eps)


class PointsError(NeuralShapesError):
    """Points that no neural shape can be made of; the text says why and what to do."""


@dataclass(frozen=True)
class OrientedPoints:
    """Points (N, 3) of a surface and their outward normals (N, 3) of any length, both float64."""

    points: np.ndarray
    normals: np.ndarray

    def __post_init__(self) -> None:
        for name in ("points", "normals"):
            array = np.ascontiguousarray(getattr(self, name), dtype=np.float64).reshape(-1, 3)
            object.__setattr__(self, name, array)

    @property
    def digest(self) -> str:
        """A digest of points and normals, in 32 bits as Blender keeps them."""
        digest = hashlib.sha256(self.points.astype("<f4").tobytes())
        digest.update(self.normals.astype("<f4").tobytes())
        return digest.hexdigest()


def cleaned_points(cloud: OrientedPoints) -> OrientedPoints:
    """The cloud with unit normals, each position once within RESOLUTION, and no point without a normal.

    Raises PointsError for too few points, for coordinates that are no numbers, and for points of no extent.
    """
    if cloud.points.shape != cloud.normals.shape:
        raise PointsError("The point cloud has not one normal for each of its points.")
    if not (np.isfinite(cloud.points).all() and np.isfinite(cloud.normals).all()):
        raise PointsError("The point cloud is damaged: some coordinates or normals are NaN or infinite.")
    lengths = np.linalg.norm(cloud.normals, axis=1)
    usable = np.flatnonzero(lengths > 0)
    usable = usable[_distinct(cloud.points[usable])]
    if len(usable) < FEWEST_POINTS:
        raise PointsError(
            f"The point cloud has {len(usable)} points with normals; at least {FEWEST_POINTS} are needed."
        )
    points, normals = cloud.points[usable], cloud.normals[usable] / lengths[usable, None]
    if lie_in_a_plane(points):
        raise PointsError("The points lie in a single plane and enclose nothing.")
    return OrientedPoints(points, normals)


def _distinct(points: np.ndarray) -> np.ndarray:
    """Indices of the points (N, 3) that are apart, in their order; of those that are one, the first."""
    if not len(points):
        return np.empty(0, dtype=np.int64)
    low, extent = points.min(axis=0), np.ptp(points, axis=0).max()
    cells = np.rint((points - low) / (extent or 1) / RESOLUTION)
    return np.sort(np.unique(cells, axis=0, return_index=True)[1])
