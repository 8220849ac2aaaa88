"""Neural shapes and their sources as the arrays of a message, and back."""

from collections.abc import Mapping

import numpy as np

from ..core import shape_file
from ..core.geometry.mesh import TriangleMesh
from ..core.geometry.oriented_points import OrientedPoints
from ..core.neural_shape import NeuralShape


def shape_to_array(shape: NeuralShape) -> np.ndarray:
    """The bytes of a shape, uint8 (N,)."""
    return np.frombuffer(shape_file.to_bytes(shape), np.uint8)


def array_to_shape(array: np.ndarray) -> NeuralShape:
    """The shape whose bytes an array holds. Raises ShapeFileError where it holds none."""
    return shape_file.from_bytes(array.tobytes())


def mesh_to_arrays(mesh: TriangleMesh) -> dict[str, np.ndarray]:
    """The arrays "vertices" (V, 3) float64 and "faces" (F, 3) int64 of a mesh."""
    return {"vertices": mesh.vertices, "faces": mesh.faces}


def arrays_to_mesh(arrays: Mapping[str, np.ndarray]) -> TriangleMesh:
    """The mesh whose vertices and faces are among the arrays."""
    return TriangleMesh(arrays["vertices"], arrays["faces"])


def source_to_arrays(source: TriangleMesh | OrientedPoints) -> dict[str, np.ndarray]:
    """The arrays of a mesh, or the arrays "points" and "normals" (N, 3) float64 of a point cloud."""
    if isinstance(source, OrientedPoints):
        return {"points": source.points, "normals": source.normals}
    return mesh_to_arrays(source)


def arrays_to_source(arrays: Mapping[str, np.ndarray]) -> TriangleMesh | OrientedPoints:
    """The mesh or the point cloud that is among the arrays."""
    if "points" in arrays:
        return OrientedPoints(arrays["points"], arrays["normals"])
    return arrays_to_mesh(arrays)
