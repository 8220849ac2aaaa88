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
    data = source.evaluated_get(depsgraph).data
    if source.type == "POINTCLOUD" or (source.type == "MESH" and not len(data.polygons)):
        normals = data.attributes.get(NORMAL)
        if normals is not None and (normals.data_type, normals.domain) == ("FLOAT_VECTOR", "POINT"):
            return OrientedPoints(_vectors(data.attributes["position"]), _vectors(normals))
    if source.type == "POINTCLOUD":
        raise ObjectMeshError(
            f"“{source.name}” has points without normals; store them in a vector attribute “{NORMAL}” first."
        )
    return triangle_mesh(source, depsgraph)


def _vectors(attribute: bpy.types.Attribute) -> np.ndarray:
    """The values of a vector attribute, (N, 3) float32."""
    vectors = np.empty((len(attribute.data), 3), dtype=np.float32)
    attribute.data.foreach_get("vector", vectors.reshape(-1))
    return vectors
