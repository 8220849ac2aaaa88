"""What an object can be trained on: its surface, or the points with normals that it consists of."""

import bpy
import numpy as np

from ..core.geometry.mesh import TriangleMesh
from ..core.geometry.oriented_points import OrientedPoints
from .object_mesh import ObjectMeshError, is_evaluated, triangle_mesh

# The attribute of points in which Blender's PLY import, and Geometry Nodes by custom, keep normals.
NORMAL = "normal"


def object_source(source: bpy.types.Object, depsgraph: bpy.types.Depsgraph) -> TriangleMesh | OrientedPoints:
    """The evaluated object as triangles in object space; a point cloud, and a mesh of vertices alone with
    the vector attribute "normal", as oriented points.

    Raises ObjectMeshError as ``triangle_mesh`` does, and for a point cloud without normals.
    """
    if not is_evaluated(source, depsgraph):
        return triangle_mesh(source, depsgraph)
    points = _oriented_points(source.evaluated_get(depsgraph))
    if points is not None:
        return points
    if source.type == "POINTCLOUD":
        raise ObjectMeshError(
            f"“{source.name}” has points without normals; store them in a vector attribute “{NORMAL}” first."
        )
    return triangle_mesh(source, depsgraph)


def _oriented_points(evaluated: bpy.types.Object) -> OrientedPoints | None:
    """The points of an evaluated point cloud, or mesh of vertices alone, if they have normals."""
    if evaluated.type == "POINTCLOUD":
        return _with_normals(evaluated.data)
    if evaluated.type != "MESH":
        return None
    # In Edit Mode the object's own data has no arrays.
    mesh = evaluated.to_mesh()
    try:
        return None if len(mesh.polygons) else _with_normals(mesh)
    finally:
        evaluated.to_mesh_clear()


def _with_normals(data: bpy.types.Mesh | bpy.types.PointCloud) -> OrientedPoints | None:
    normals = data.attributes.get(NORMAL)
    if normals is None or (normals.data_type, normals.domain) != ("FLOAT_VECTOR", "POINT"):
        return None
    return OrientedPoints(_vectors(data.attributes["position"]), _vectors(normals))


def _vectors(attribute: bpy.types.Attribute) -> np.ndarray:
    """The values of a vector attribute, (N, 3) float32."""
    vectors = np.empty((len(attribute.data), 3), dtype=np.float32)
    attribute.data.foreach_get("vector", vectors.reshape(-1))
    return vectors
