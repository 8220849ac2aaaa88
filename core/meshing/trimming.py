"""Cuts off the caps that close an open source: its surface ends where the source's own ends.

A point is beyond the boundary where its closest point of the source lies on it. Near the boundary that shows
from the boundary alone; what lies further off belongs to the side that it is connected with.
"""

from collections.abc import Callable
from typing import NamedTuple

import igl
import numpy as np

from ..geometry.mesh import TriangleMesh
from ..geometry.surface_boundary import SurfaceBoundary

# Points up to so many cells from the boundary are judged by it: enough that no triangle reaches across.
NEAR_CELLS = 3.0
# Only what comes this near to the boundary is cut off.
RIM_CELLS = 1.0
# Share of its neighbours beyond the boundary from which a region is beyond it too. Where a rim is missed the
# region is the whole shape, which then stays.
CLEAR_MAJORITY = 0.9


def trimmed(
    mesh: TriangleMesh,
    boundary: SurfaceBoundary,
    spacing: float,
    offset: float,
    between: Callable[[], None] = lambda: None,
) -> TriangleMesh:
    """A closed isosurface without what is beyond the boundary of its source; all in domain units.

    ``spacing`` is the size of the cells that the surface was extracted on, ``offset`` its level. Triangles
    across the boundary are cut, so that the rim follows it. ``between`` is called between the steps of the
    work, each of which takes seconds on a large mesh, and may raise to stop.
    """
    return _clipped(mesh, heights_above(mesh, boundary, spacing, offset, between).heights)


class Heights(NamedTuple):
    """For vertices: how far within the boundary they are (V,), negative beyond it (of those far from it only
    the sign counts); their distances to it (V,); and its nearest edges (V,)."""

    heights: np.ndarray
    distances: np.ndarray
    edges: np.ndarray


def heights_above(
    mesh: TriangleMesh,
    boundary: SurfaceBoundary,
    spacing: float,
    offset: float,
    between: Callable[[], None] = lambda: None,
) -> Heights:
    """Where the vertices of a surface are with regard to a boundary; arguments as for ``trimmed``."""
    near = NEAR_CELLS * spacing + abs(offset)
    heights, distances, edges = _local_heights(mesh.vertices, boundary, offset)
    between()
    heights = _of_far_regions(mesh.faces, heights, distances > near, near)
    between()
    heights = _touching_the_rim(mesh.faces, heights, distances <= RIM_CELLS * spacing + abs(offset))
    between()
    return Heights(heights, distances, edges)


def _local_heights(points: np.ndarray, boundary: SurfaceBoundary, offset: float) -> Heights:
    """Those of points (N, 3) as if all of them were near the boundary.

    The height of a point at q from the closest boundary point is q . m - |q . n - offset| with the inward
    vector m and the normal n: positive where q leaves the edge within 45 degrees of the source's sheet. A
    cap leaves it opposite to the sheet, or at a right angle where it closes a cylinder.
    """
    ends = boundary.ends.reshape(-1, 3).astype(np.float64)
    edges = np.arange(len(ends)).reshape(-1, 2)
    tree = igl.AABB()
    tree.init(ends, edges)
    squared, nearest, closest = tree.squared_distance(ends, edges, points)
    offsets = points - closest
    along = np.einsum("ij,ij->i", offsets, boundary.inward[nearest])
    across = np.einsum("ij,ij->i", offsets, boundary.normals[nearest])
    return Heights(along - np.abs(across - offset), np.sqrt(squared), nearest)


def _of_far_regions(faces: np.ndarray, heights: np.ndarray, is_far: np.ndarray, near: float) -> np.ndarray:
    """Heights, ``near`` or its negative in regions of far vertices, as most of what surrounds each says."""
    far_faces = faces[is_far[faces].all(axis=1)]
    if not len(far_faces):
        return heights
    _, region_of_face = igl.facet_components(far_faces)
    regions = np.full(len(heights), -1)
    regions[far_faces] = region_of_face[:, None]
    count = region_of_face.max() + 1
    votes, votes_beyond = np.zeros(count), np.zeros(count)
    for corner in range(3):
        for other in ((corner + 1) % 3, (corner + 2) % 3):
            region, neighbour = regions[faces[:, corner]], faces[:, other]
            counted = (region >= 0) & ~is_far[neighbour]
            votes += np.bincount(region[counted], minlength=count)
            votes_beyond += np.bincount(region[counted], heights[neighbour[counted]] < 0, minlength=count)
    is_beyond = votes_beyond > CLEAR_MAJORITY * np.maximum(votes, 1)
    return np.where(regions >= 0, np.where(is_beyond[regions], -near, near), heights)


def _touching_the_rim(faces: np.ndarray, heights: np.ndarray, is_at_rim: np.ndarray) -> np.ndarray:
    """Heights, positive in those regions beyond the boundary that do not touch it."""
    beyond = faces[(heights[faces] < 0).any(axis=1)]
    if not len(beyond):
        return heights
    _, region_of_face = igl.facet_components(beyond)
    touches = np.zeros(region_of_face.max() + 1, dtype=bool)
    touches[region_of_face[is_at_rim[beyond].any(axis=1)]] = True
    kept = np.unique(beyond[~touches[region_of_face]])
    heights = heights.copy()
    heights[kept] = np.abs(heights[kept])
    return heights


def _clipped(mesh: TriangleMesh, heights: np.ndarray) -> TriangleMesh:
    """The part of a mesh where heights, linear within each triangle, are not negative."""
    is_kept = heights >= 0
    kept_corners = is_kept[mesh.faces].sum(axis=1)
    # Turned so that the one corner that differs from the others comes first.
    cut = mesh.faces[(kept_corners == 1) | (kept_corners == 2)]
    has_one = is_kept[cut].sum(axis=1) == 1
    first = np.argmax(is_kept[cut] == has_one[:, None], axis=1)
    cut = np.take_along_axis(cut, (first[:, None] + np.arange(3)) % 3, axis=1)
    # Where the two edges from that corner cross the boundary, each crossing once.
    edges = np.sort(np.concatenate([cut[:, [0, 1]], cut[:, [0, 2]]]), axis=1)
    edges, crossing = np.unique(edges, axis=0, return_inverse=True)
    start, end = heights[edges].T
    share = (start / (start - end))[:, None]
    positions = mesh.vertices[edges[:, 0]] * (1 - share) + mesh.vertices[edges[:, 1]] * share
    left, right = crossing.reshape(2, -1) + len(mesh.vertices)
    tips = np.stack([cut[:, 0], left, right], axis=1)[has_one]
    one, two, three, four = left[~has_one], cut[~has_one, 1], cut[~has_one, 2], right[~has_one]
    faces = np.concatenate(
        [
            mesh.faces[kept_corners == 3],
            tips,
            np.stack([one, two, three], axis=1),
            np.stack([one, three, four], axis=1),
        ]
    )
    used, compact = np.unique(faces, return_inverse=True)
    return TriangleMesh(np.concatenate([mesh.vertices, positions])[used], compact.reshape(-1, 3))
