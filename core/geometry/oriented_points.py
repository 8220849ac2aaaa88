"""Oriented point clouds, such as scanners give: a source of neural shapes beside triangle meshes."""

import hashlib
from dataclasses import dataclass

import numpy as np

from ..errors import NeuralShapesError

# With fewer points there is no telling what lies between them.
FEWEST_POINTS = 100


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
    """The cloud with unit normals, each position once, and without points that have no normal.

    Raises PointsError for too few points, for coordinates that are no numbers, and for points of no extent.
    """
    if cloud.points.shape != cloud.normals.shape:
        raise PointsError("The point cloud has not one normal for each of its points.")
    if not (np.isfinite(cloud.points).all() and np.isfinite(cloud.normals).all()):
        raise PointsError("The point cloud is damaged: some coordinates or normals are NaN or infinite.")
    lengths = np.linalg.norm(cloud.normals, axis=1)
    usable = np.flatnonzero(lengths > 0)
    usable = usable[np.sort(np.unique(cloud.points[usable], axis=0, return_index=True)[1])]
    if len(usable) < FEWEST_POINTS:
        raise PointsError(
            f"The point cloud has {len(usable)} points with normals; at least {FEWEST_POINTS} are needed."
        )
    points, normals = cloud.points[usable], cloud.normals[usable] / lengths[usable, None]
    if np.ptp(points, axis=0).min() <= 1e-6 * np.ptp(points, axis=0).max():
        raise PointsError("The points lie in a single plane and enclose nothing.")
    return OrientedPoints(points, normals)
