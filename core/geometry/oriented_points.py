"""Oriented point clouds, such as scanners give: a source of neural shapes beside triangle meshes."""

import hashlib
from dataclasses import dataclass

import numpy as np

from ..errors import NeuralShapesError
from .cleaning import LARGEST_EXTENT
from .flatness import lie_in_a_plane

# With fewer points there is no telling what lies between them.
FEWEST_POINTS = 100
# Of the points in a cell of this share of the extent one is enough: float32 fields cannot tell them apart.
# Two as near to each other on either side of a border both stay. Hardly any are left that would coincide once
# they are placed in the domain; between those libigl's octree divides down to its 30,000th level, which is
# too deep for a stack of 512 KB (seen).
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
    """The cloud with unit normals, one point for each cell of RESOLUTION, and no point without a normal.

    Raises PointsError for too few points, for coordinates that are no numbers, and for points of no extent or
    of too large a one.
    """
    if cloud.points.shape != cloud.normals.shape:
        raise PointsError("The point cloud has not one normal for each of its points.")
    if not (np.isfinite(cloud.points).all() and np.isfinite(cloud.normals).all()):
        raise PointsError("The point cloud is damaged: some coordinates or normals are NaN or infinite.")
    lengths = np.linalg.norm(cloud.normals, axis=1)
    if _extent(cloud.points) > LARGEST_EXTENT:
        raise PointsError(
            "The point cloud is too large for its coordinates to be computed with; scale it down."
        )
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


def _extent(points: np.ndarray) -> float:
    return float(np.ptp(points, axis=0).max()) if len(points) else 0.0


def _distinct(points: np.ndarray) -> np.ndarray:
    """Indices of the first point in each cell of those that points (N, 3) are in, in their order."""
    if not len(points):
        return np.empty(0, dtype=np.int64)
    cells = np.rint((points - points.min(axis=0)) / (_extent(points) or 1) / RESOLUTION)
    return np.sort(np.unique(cells, axis=0, return_index=True)[1])
