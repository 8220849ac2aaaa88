"""Triangle meshes to Blender's mesh datablocks, written whole array by whole array."""

import bpy
import numpy as np

from ..core.geometry.mesh import TriangleMesh


def new_mesh(name: str, surface: TriangleMesh) -> bpy.types.Mesh:
    """A new smooth-shaded mesh datablock of triangles in object space.

    Raises ValueError when a face names a vertex that does not exist, which Blender would crash on.
    """
    vertex_count, face_count = len(surface.vertices), len(surface.faces)
    if face_count and not (surface.faces.min() >= 0 and surface.faces.max() < vertex_count):
        raise ValueError("A face of the surface names a vertex that does not exist.")
    mesh = bpy.data.meshes.new(name)
    if face_count:
        mesh.vertices.add(vertex_count)
        mesh.loops.add(3 * face_count)
        mesh.polygons.add(face_count)
        positions, corners = surface.vertices.astype(np.float32), surface.faces.astype(np.int32)
        mesh.attributes["position"].data.foreach_set("vector", positions.reshape(-1))
        mesh.attributes[".corner_vert"].data.foreach_set("value", corners.reshape(-1))
        mesh.polygons.foreach_set("loop_start", np.arange(0, 3 * face_count, 3, dtype=np.int32))
        mesh.update(calc_edges=True)
        mesh.shade_smooth()
    return mesh
