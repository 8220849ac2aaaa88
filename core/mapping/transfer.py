"""Neural normal transfer: the corner normals of a whole mesh from a field, in the mesh's own space."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ..fields.field import Field
from .corner_normals import CornerTarget, fit_corner_normals
from .neural_normals import MappedNormals, Reach, map_normals
from .smooth_fans import PolygonCorners, smooth_fans
from .transform import TargetTransform, normalized

# Points mapped between two reports of progress: some tenths of a second's work.
POINTS_PER_BATCH = 1 << 16


@dataclass(frozen=True)
class PolygonTarget:
    """A polygon mesh in its own space.

    ``positions`` (V, 3) belong to the vertices, ``normals`` (C, 3) are the corners' own, ``triangles`` (T, 3)
    the corners that make up the faces, and ``sharp_edges`` (E,) the edges across which normals stay apart.
    """

    positions: np.ndarray
    corners: PolygonCorners
    triangles: np.ndarray
    normals: np.ndarray
    sharp_edges: np.ndarray


def transfer_normals(
    field: Field,
    target: PolygonTarget,
    transform: TargetTransform,
    reach: Reach,
    report: Callable[[float], None] = lambda share: None,
) -> tuple[np.ndarray, float]:
    """Unit corner normals (C, 3) in the target's space, and the masked share of the samples taken.

    ``report`` is told the share done now and then, and may raise to stop the work.
    """
    corners = CornerTarget(
        target.triangles,
        target.positions[target.corners.vertices],
        target.normals,
        smooth_fans(target.corners, target.sharp_edges),
    )
    return fit_corner_normals(corners, partial(map_in_batches, field, transform, reach, report))


def transfer_vertex_normals(
    field: Field,
    positions: np.ndarray,
    faces: np.ndarray,
    corner_normals: np.ndarray,
    transform: TargetTransform,
    reach: Reach,
    report: Callable[[float], None] = lambda share: None,
) -> tuple[np.ndarray, float]:
    """Unit normals (V, 3) for vertices in the order they come, and the masked share of the samples taken.

    Vertices of one position and normal, as UV seams make them, get one normal. ``corner_normals`` are
    (T, 3, 3); vertices without a face have the normal (0, 0, 0).
    """
    vertices, own = faces.ravel(), corner_normals.reshape(-1, 3)
    corners = np.concatenate([positions[vertices], own], axis=1).astype(np.float32)
    fans = np.unique(corners, axis=0, return_inverse=True)[1].ravel()
    triangles = np.arange(len(vertices)).reshape(-1, 3)
    target = CornerTarget(triangles, positions[vertices], own, fans)
    map_points = partial(map_in_batches, field, transform, reach, report)
    fitted, masked_share = fit_corner_normals(target, map_points)
    # A vertex whose corners have several normals takes their mean.
    sums = [np.bincount(vertices, fitted[:, axis], len(positions)) for axis in range(3)]
    return normalized(np.stack(sums, axis=1)), masked_share


def map_in_batches(
    field: Field,
    transform: TargetTransform,
    reach: Reach,
    report: Callable[[float], None],
    points: np.ndarray,
) -> MappedNormals:
    """``map_normals`` for points (N, 3) of a target's space, with normals in that space."""
    batches = []
    for start in range(0, len(points), POINTS_PER_BATCH):
        report(start / len(points))
        batch = transform.points_to_domain(points[start : start + POINTS_PER_BATCH])
        mapped = map_normals(field, batch, reach)
        batches.append(replace(mapped, normals=transform.normals_to_target(mapped.normals)))
    normals, weights = (
        np.concatenate([getattr(batch, name) for batch in batches]) for name in ("normals", "weights")
    )
    return MappedNormals(normals, weights)
