"""The signed distance to an oriented point cloud: to tangent discs, signed by the winding number."""

import igl
import numpy as np

from .distance import SignedDistance
from .mesh import TriangleMesh
from .oriented_points import OrientedPoints

# Neighbours by whose distance the area that a point stands for is told.
NEIGHBOURS = 10
# How much wider the discs are whose distance is taken than those of the areas: they then leave no gaps.
OVERLAP = 1.3
CORNERS = 6


def point_distance(cloud: OrientedPoints) -> SignedDistance:
    """The signed distance of the solid that a cleaned cloud surrounds, in its units.

    Each point stands for a disc at right angles to its normal. Distances are those to the closest disc; the
    sign is the winding number of all discs, each as large as the part of the surface that its point stands
    for: the fast winding number of point clouds (Barill et al. 2018), with discs for dipoles. Normals that
    point inwards all over are turned.
    """
    areas = _areas(cloud.points)
    radii = np.sqrt(areas / (CORNERS / 2 * np.sin(2 * np.pi / CORNERS)))
    walls = _discs(cloud, radii)
    if walls.volume < 0:
        cloud = OrientedPoints(cloud.points, -cloud.normals)
        walls = _discs(cloud, radii)
    return SignedDistance(_discs(cloud, OVERLAP * radii), walls)


def _areas(points: np.ndarray) -> np.ndarray:
    """The area of the surface that each point stands for: the disc of its k nearest, over k."""
    octree = igl.octree(points)
    nearest = igl.knn(points, points, NEIGHBOURS + 1, *octree)
    distances = np.linalg.norm(points[nearest] - points[:, None], axis=2).max(axis=1)
    return np.pi * distances**2 / NEIGHBOURS


def _discs(cloud: OrientedPoints, radii: np.ndarray) -> TriangleMesh:
    """Regular polygons around the points, each with faces and vertices of its own."""
    normals = cloud.normals
    # Any direction across will do: that of the axis which the normal is furthest from.
    axis = np.eye(3)[np.abs(normals).argmin(axis=1)]
    first = np.cross(normals, axis)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(normals, first)
    angles = 2 * np.pi * np.arange(CORNERS) / CORNERS
    around = np.cos(angles)[:, None] * first[:, None] + np.sin(angles)[:, None] * second[:, None]
    vertices = cloud.points[:, None] + radii[:, None, None] * around
    fan = np.stack([np.zeros(CORNERS - 2, int), np.arange(1, CORNERS - 1), np.arange(2, CORNERS)], axis=1)
    faces = CORNERS * np.arange(len(radii))[:, None, None] + fan
    return TriangleMesh(vertices.reshape(-1, 3), faces.reshape(-1, 3))
