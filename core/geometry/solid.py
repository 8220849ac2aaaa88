"""The solid that a mesh bounds, as artists model it: of parts that overlap, turn inside out or stay open."""

import numpy as np

from .distance import INSIDE_WINDING, SignedDistance
from .mesh import TriangleMesh
from .orientation import facing_outwards, winding_in_front

# A face is hidden when none of its sample points is visible: at most this far apart, as a share of the
# mesh's extent, and at most so many along an edge. What is missed is a gap no larger than that.
SAMPLE_SPACING = 0.01
MOST_SAMPLES_PER_EDGE = 16
# Samples are moved this share of the way to the face's centroid, off the edges where faces meet.
INWARDS = 1e-3


def solid_distance(mesh: TriangleMesh) -> SignedDistance:
    """The signed distance of the solid that a cleaned mesh bounds, in its units.

    Its ``mesh`` is the solid's surface: faces point outwards, and faces hidden inside the solid, such as
    those of a part that reaches into another, are left out with their vertices. Distances inside are then
    to the boundary of the whole, not to the walls within it.
    """
    walls = facing_outwards(mesh)
    hidden = _hidden_faces(walls)
    if not len(hidden) or len(hidden) == len(walls.faces):
        return SignedDistance(walls)
    surface = TriangleMesh(walls.vertices, np.delete(walls.faces, hidden, axis=0))
    return SignedDistance(surface.without_unused_vertices(), walls)


def _hidden_faces(mesh: TriangleMesh) -> np.ndarray:
    """Indices of faces with the solid on both sides all over, as far as samples tell."""
    distance = SignedDistance(mesh)
    candidates = np.arange(len(mesh.faces))
    candidates = candidates[_is_buried(distance, candidates, mesh.corners.mean(axis=1))]
    visible = [np.empty(0, dtype=np.int64)]
    counts = _samples_per_edge(mesh, candidates)
    for count in np.unique(counts):
        chosen = candidates[counts == count]
        barycentrics = _triangular_lattice(count)
        faces = np.repeat(chosen, len(barycentrics))
        points = np.einsum("sc,ncd->nsd", barycentrics, mesh.corners[chosen]).reshape(-1, 3)
        visible.append(faces[~_is_buried(distance, faces, points)])
    return np.setdiff1d(candidates, np.concatenate(visible))


def _is_buried(distance: SignedDistance, faces: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Whether the solid is on both sides of faces (N,) at points (N, 3) on them."""
    front = winding_in_front(distance, faces, points)
    # Behind a face the winding number is greater by one turn, exactly.
    return (np.abs(front) > INSIDE_WINDING) & (np.abs(front + 1) > INSIDE_WINDING)


def _samples_per_edge(mesh: TriangleMesh, faces: np.ndarray) -> np.ndarray:
    corners = mesh.corners[faces]
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    spacing = SAMPLE_SPACING * np.ptp(mesh.vertices, axis=0).max()
    return np.clip(np.ceil(longest / spacing).astype(np.int64), 2, MOST_SAMPLES_PER_EDGE)


def _triangular_lattice(count: int) -> np.ndarray:
    """Barycentric coordinates (S, 3) of points in a triangle, ``count`` steps along each edge."""
    i, j = np.meshgrid(np.arange(count + 1), np.arange(count + 1), indexing="ij")
    inside = i + j <= count
    lattice = np.stack([i[inside], j[inside], count - i[inside] - j[inside]], axis=1) / count
    return lattice + INWARDS * (1 / 3 - lattice)
