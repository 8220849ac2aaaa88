"""Neural shapes and meshes as the arrays of a message, and back."""

from collections.abc import Mapping

import numpy as np

from ..core import shape_file
from ..core.geometry.mesh import TriangleMesh
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
