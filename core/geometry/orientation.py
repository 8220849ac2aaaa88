"""Turns faces outwards, so that their normals are the normals of the solid."""

import igl
import numpy as np

from .distance import INSIDE_WINDING, SignedDistance
from .mesh import TriangleMesh

# How far in front of a face its side is looked at, as a share of the mesh's extent: beyond rounding in
# float64, and well below the thickness of anything that a field can show.
PROBE_OFFSET = 1e-7
# Faces of a patch that are looked at; what most of its area says is clear from far fewer.
VOTERS_PER_PATCH = 5_000


def facing_outwards(mesh: TriangleMesh) -> TriangleMesh:
    """The same surface with every face's normal pointing out of the solid that ``SignedDistance`` sees.

    Neighbours are made to agree across manifold edges, as most of their area faces already; each patch that
    results is then turned as a whole, by what most of its area says, so that an inverted mesh, an inverted
    part and a few flipped faces are all righted, and cavities stay cavities.
    """
    faces, patches = igl.bfs_orient(mesh.faces)
    # Patches that agree may all the same have been turned over as a whole, when the first face was flipped;
    # a shell within such a one would become a cavity.
    was_kept = (faces == mesh.faces).all(axis=1)
    was_turned_over = (np.bincount(patches, np.where(was_kept, -1.0, 1.0) * mesh.face_areas) > 0)[patches]
    agreeing = _turned(TriangleMesh(mesh.vertices, faces), was_turned_over)
    voters = _every_nth_of_large_groups(patches)
    winding = winding_in_front(SignedDistance(agreeing), voters, agreeing.corners[voters].mean(axis=1))
    # Behind a face the winding number is greater by one turn, exactly.
    front_is_solid, back_is_solid = (np.abs(turns) > INSIDE_WINDING for turns in (winding, winding + 1))
    votes = agreeing.face_areas[voters] * (front_is_solid.astype(float) - back_is_solid)
    is_turned = (np.bincount(patches[voters], votes) > 0)[patches]
    return _turned(agreeing, is_turned)


def turned_count(before: TriangleMesh, after: TriangleMesh) -> int:
    """How many faces look the other way after ``facing_outwards``."""
    return int((np.einsum("fi,fi->f", before.face_normals, after.face_normals) < 0).sum())


def winding_in_front(distance: SignedDistance, faces: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The winding number just in front of points (N, 3) that lie on faces (N,) of the distance's mesh."""
    offset = PROBE_OFFSET * np.ptp(distance.mesh.vertices, axis=0).max()
    return distance.winding_number(points + offset * distance.mesh.face_normals[faces])


def _turned(mesh: TriangleMesh, is_turned: np.ndarray) -> TriangleMesh:
    return TriangleMesh(mesh.vertices, np.where(is_turned[:, None], mesh.faces[:, ::-1], mesh.faces))


def _every_nth_of_large_groups(groups: np.ndarray) -> np.ndarray:
    """Indices of the members of each group, thinned out evenly to some VOTERS_PER_PATCH in large ones."""
    order = np.argsort(groups, kind="stable")
    sizes = np.bincount(groups)
    rank = np.arange(len(groups)) - (np.cumsum(sizes) - sizes)[groups[order]]
    stride = -(-sizes // VOTERS_PER_PATCH)
    return order[rank % stride[groups[order]] == 0]
