"""Fewer faces for a surface: quadric error decimation."""

import igl
import numpy as np

from ..geometry.mesh import TriangleMesh


def decimated(mesh: TriangleMesh, face_count: int) -> TriangleMesh:
    """The mesh with at most about ``face_count`` faces, by edge collapses of the least quadric error.

    Garland and Heckbert 1997, as libigl has it. For manifold meshes, with or without a border, such as
    ``extract_isosurface`` makes; a mesh that has no more faces than that is returned as it is. Collapses
    that would change the topology are refused, so that many small parts can leave more faces.
    """
    if len(mesh.faces) <= face_count:
        return mesh
    vertices, faces, _, _ = igl.qslim(
        np.asfortranarray(mesh.vertices), np.asfortranarray(mesh.faces.astype(np.int32)), face_count
    )
    return TriangleMesh(vertices, faces)
