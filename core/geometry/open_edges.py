"""Finds where a mesh is open: edges of one face alone, with nothing beyond them."""

import numpy as np

from .distance import SignedDistance
from .surface_boundary import SurfaceBoundary

# How far beyond an edge the surface is looked for, in domain units: half a cell of the finest lattice. What
# goes on within less is a crack, such as T-junctions leave, and no opening that a surface could show.
CRACK = 1e-3
# A boundary of so many edges is about as large as a Standard shape's networks. A mesh with more is ragged all
# over, and its shape stays closed.
MOST_EDGES = 4096


def open_edges(distance: SignedDistance) -> SurfaceBoundary | None:
    """The boundary of a solid's walls (``solid_distance``, in domain units); None for a closed mesh.

    Also None for more than MOST_EDGES edges.
    """
    mesh = distance.walls
    edges = np.concatenate([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]], mesh.faces[:, [2, 0]]])
    _, first, counts = np.unique(np.sort(edges, axis=1), axis=0, return_index=True, return_counts=True)
    single = first[counts == 1]
    ends = mesh.vertices[edges[single]]
    normals = mesh.face_normals[single % len(mesh.faces)]
    # Faces run anticlockwise around their normals, so they lie to the left of their edges.
    inward = np.cross(normals, ends[:, 1] - ends[:, 0])
    inward /= np.linalg.norm(inward, axis=1, keepdims=True)
    # All walls count, those within the solid included.
    walls = distance if distance.walls is distance.mesh else SignedDistance(mesh)
    beyond = walls.closest_points(ends.mean(axis=1) - CRACK * inward).distances
    boundary = SurfaceBoundary(*(array.astype(np.float32) for array in (ends, inward, normals)))
    boundary = boundary.part(beyond > CRACK / 2)
    return boundary if boundary is None or len(boundary.ends) <= MOST_EDGES else None
