"""Refuses meshes that bound no solid, and clears the others of what carries no shape."""

import numpy as np

from ..errors import NeuralShapesError
from .flatness import lie_in_a_plane
from .mesh import TriangleMesh
from .repairs import Repairs

# Faces below this share of the squared extent have no normal worth the name in float64.
SMALLEST_RELATIVE_AREA = 1e-18
# The cubes of lengths up to this one, and of its inverse, are still numbers in float64.
LARGEST_EXTENT = 1e100


class MeshError(NeuralShapesError):
    """A mesh that no neural shape can be made of; the text says why and what to do."""


def cleaned(mesh: TriangleMesh) -> TriangleMesh:
    """The mesh welded by exact position, without faces that repeat or have no area, nor unused vertices.

    Open, self-intersecting and inconsistently oriented meshes pass. Raises MeshError for one that is empty,
    damaged, of no size, or flat.
    """
    return cleaned_with_repairs(mesh)[0]


def cleaned_with_repairs(mesh: TriangleMesh) -> tuple[TriangleMesh, Repairs]:
    """The mesh as ``cleaned`` gives it, and how many faces it lost for which reason."""
    _check_arrays(mesh)
    welded = _welded(mesh)
    _check_extent(welded)
    with_area = _without_degenerate_faces(welded)
    unique = _without_repeated_faces(with_area)
    solid = unique.without_unused_vertices()
    if lie_in_a_plane(solid.vertices):
        raise MeshError("The mesh lies in a single plane and encloses nothing; give it some thickness.")
    without_area = len(welded.faces) - len(with_area.faces)
    return solid, Repairs(without_area=without_area, repeated=len(with_area.faces) - len(unique.faces))


def _check_arrays(mesh: TriangleMesh) -> None:
    if not len(mesh.vertices):
        raise MeshError("The mesh is empty; give it some faces first.")
    if not len(mesh.faces):
        raise MeshError("The mesh has no faces; fill it first, since edges and points bound no solid.")
    if mesh.faces.min() < 0 or mesh.faces.max() >= len(mesh.vertices):
        raise MeshError("The mesh is damaged: some faces use vertices that do not exist.")
    # Vertices of no face may be anywhere, as long as they are dropped.
    if not np.isfinite(mesh.vertices[mesh.faces.reshape(-1)]).all():
        raise MeshError("The mesh is damaged: some coordinates are NaN or infinite.")


def _check_extent(mesh: TriangleMesh) -> None:
    extent = _extent(mesh)
    if extent > LARGEST_EXTENT:
        raise MeshError("The mesh is too large for its coordinates to be computed with; scale it down.")
    if extent < 1 / LARGEST_EXTENT:
        raise MeshError("The mesh has no size: all its vertices are at one point.")


def _extent(mesh: TriangleMesh) -> float:
    return float(np.ptp(mesh.vertices, axis=0).max())


def _welded(mesh: TriangleMesh) -> TriangleMesh:
    """Vertices used by faces, each position once; UV seams and split normals leave them doubled."""
    used = mesh.without_unused_vertices()
    order = np.lexsort(used.vertices.T)
    positions = used.vertices[order]
    is_first = np.concatenate([[True], (positions[1:] != positions[:-1]).any(axis=1)])
    welded_index = np.empty(len(order), dtype=np.int64)
    welded_index[order] = np.cumsum(is_first) - 1
    return TriangleMesh(positions[is_first], welded_index[used.faces])


def _without_degenerate_faces(mesh: TriangleMesh) -> TriangleMesh:
    has_area = mesh.face_areas > SMALLEST_RELATIVE_AREA * _extent(mesh) ** 2
    if not has_area.any():
        raise MeshError("The mesh has no area: every face is a line or a point.")
    return TriangleMesh(mesh.vertices, mesh.faces[has_area])


def _without_repeated_faces(mesh: TriangleMesh) -> TriangleMesh:
    """One face of each set of three vertices; double-sided exports hold every face once either way round."""
    corners = np.sort(mesh.faces, axis=1)
    order = np.lexsort(corners.T)
    is_first = np.concatenate([[True], (np.diff(corners[order], axis=0) != 0).any(axis=1)])
    return TriangleMesh(mesh.vertices, mesh.faces[np.sort(order[is_first])])
