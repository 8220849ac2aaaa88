"""The connected pieces of a surface, and which of them lie away from another one."""

import igl
import numpy as np

from .distance import SignedDistance
from .mesh import TriangleMesh

# Vertices of a piece that are looked at, spread evenly over its faces.
VERTICES_OF_A_PIECE = 32


def component_count(mesh: TriangleMesh) -> int:
    """The number of pieces of a mesh that are connected through shared edges."""
    return int(igl.facet_components(mesh.faces)[0])


def stray_pieces(mesh: TriangleMesh, other: SignedDistance, distance: float) -> int:
    """How many pieces of a mesh with faces are nowhere within ``distance`` of another, in their unit.

    Nowhere: none of VERTICES_OF_A_PIECE vertices is.
    """
    is_stray, _ = _stray(mesh, other, distance)
    return int(is_stray.sum())


def stray_part(mesh: TriangleMesh, other: SignedDistance, distance: float) -> TriangleMesh:
    """The faces of these pieces."""
    is_stray, piece_of_face = _stray(mesh, other, distance)
    return TriangleMesh(mesh.vertices, mesh.faces[is_stray[piece_of_face]])


def _stray(mesh: TriangleMesh, other: SignedDistance, distance: float) -> tuple[np.ndarray, np.ndarray]:
    """Whether each piece is astray, and the piece of each face."""
    count, piece_of_face = igl.facet_components(mesh.faces)
    sizes = np.bincount(piece_of_face, minlength=count)
    first_of_piece = np.cumsum(sizes) - sizes
    evenly = np.linspace(0, 1, VERTICES_OF_A_PIECE)
    ranks = first_of_piece[:, None] + ((sizes[:, None] - 1) * evenly).astype(np.int64)
    faces = mesh.faces[np.argsort(piece_of_face, kind="stable")[ranks]]
    points = mesh.vertices[faces[..., 0]].reshape(-1, 3)
    distances = other.closest_points(points).distances.reshape(count, -1)
    return distances.min(axis=1) > distance, piece_of_face
