"""MikkTSpace tangents of a triangle mesh, where there is no Blender to ask for them.

The averaging of mikktspace.h (Mikkelsen 2008) at its default angular threshold of 180 degrees: around each
vertex of one position, normal and UV, the faces that are connected and whose UVs turn the same way share one
tangent, to which each contributes by its angle there.
"""

import numpy as np

from .smooth_fans import PolygonCorners, smooth_fans
from .transform import normalized


def triangle_tangents(positions: np.ndarray, normals: np.ndarray, uvs: np.ndarray) -> np.ndarray:
    """Tangents and bitangent signs (T, 3, 4) of triangles' corners.

    ``positions`` and unit ``normals`` are (T, 3, 3), ``uvs`` (T, 3, 2). A triangle whose UVs have no area, on
    which no texel lies, has zeros.
    """
    positions, normals, uvs = (array.astype(np.float64) for array in (positions, normals, uvs))
    directions, signs = _directions(positions, uvs)
    groups = _groups(positions, normals, uvs, signs)
    flat = directions[:, None] - normals * np.einsum("tkx,tx->tk", normals, directions)[..., None]
    weighted = _angles(positions, normals)[..., None] * normalized(flat)
    count = int(groups.max()) + 1
    sums = [np.bincount(groups, weighted[..., axis].ravel(), count) for axis in range(3)]
    tangents = normalized(np.stack(sums, axis=1))[groups].reshape(-1, 3, 3)
    return np.concatenate([tangents, np.repeat(signs, 3).reshape(-1, 3, 1)], axis=2).astype(np.float32)


def _directions(positions: np.ndarray, uvs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The unit direction (T, 3) in which u grows on each triangle, and the sense (T,) of its UVs' turn."""
    first, second = positions[:, 1] - positions[:, 0], positions[:, 2] - positions[:, 0]
    (u1, v1), (u2, v2) = (uvs[:, 1] - uvs[:, 0]).T, (uvs[:, 2] - uvs[:, 0]).T
    area = u1 * v2 - u2 * v1
    direction = np.sign(area)[:, None] * (v2[:, None] * first - v1[:, None] * second)
    return normalized(direction), np.where(area > 0, 1.0, -1.0)


def _groups(positions: np.ndarray, normals: np.ndarray, uvs: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """The group (3 T,) of each corner: connected around a vertex, with UVs that turn the same way."""
    corners = np.concatenate([positions, normals, uvs], axis=2).reshape(-1, 8).astype(np.float32)
    vertices = np.unique(corners, axis=0, return_inverse=True)[1].ravel()
    ends = np.sort(np.stack([vertices, np.roll(vertices.reshape(-1, 3), -1, axis=1).ravel()], 1), axis=1)
    edges = np.unique(ends, axis=0, return_inverse=True)[1].ravel()
    sides = np.repeat(signs, 3)
    turning = np.bincount(edges, sides)
    mixed = np.abs(turning) < np.bincount(edges)
    starts = np.arange(0, len(vertices) + 1, 3)
    return smooth_fans(PolygonCorners(vertices, edges, starts), sharp_edges=mixed)


def _angles(positions: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """The angle (T, 3) of each triangle at each corner, seen along the corner's normal."""

    def seen(edges: np.ndarray) -> np.ndarray:
        return normalized(edges - normals * np.einsum("tkx,tkx->tk", normals, edges)[..., None])

    ahead = seen(np.roll(positions, -1, axis=1) - positions)
    behind = seen(np.roll(positions, 1, axis=1) - positions)
    return np.arccos(np.clip(np.einsum("tkx,tkx->tk", ahead, behind), -1, 1))
