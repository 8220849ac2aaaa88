"""The affine map between a target mesh's own space and the unit domain of a neural shape."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..errors import NeuralShapesError
from ..geometry.flatness import flattens
from ..geometry.placement import Placement


@dataclass(frozen=True)
class TargetTransform:
    """domain = matrix target + offset; mirrored and non-uniformly scaled targets included."""

    matrix: np.ndarray
    offset: np.ndarray

    @classmethod
    def of_placement(
        cls, placement: Placement, target_to_shape: np.ndarray | None = None
    ) -> "TargetTransform":
        """The transform of a target whose space maps to the shape's object space by a (4, 4) matrix.

        Without a matrix the target is in the shape's object space. Raises NeuralShapesError when the matrix
        is not invertible or not finite.
        """
        whole = np.eye(4) if target_to_shape is None else np.asarray(target_to_shape, dtype=np.float64)
        linear, translation = whole[:3, :3], whole[:3, 3]
        if not np.isfinite(whole).all():
            raise NeuralShapesError("The target's transform is not finite; clear its transform.")
        if flattens(linear):
            raise NeuralShapesError("The target is scaled to zero along an axis; clear or apply its scale.")
        return cls(linear * placement.scale, (translation - placement.centre) * placement.scale)

    @cached_property
    def inverse_matrix(self) -> np.ndarray:
        """The linear part of the map from the domain back to the target, (3, 3)."""
        return np.linalg.inv(self.matrix)

    @cached_property
    def length_scale(self) -> float:
        """Domain units per target unit: the geometric mean over the three axes."""
        return float(abs(np.linalg.det(self.matrix)) ** (1 / 3))

    def points_to_domain(self, points: np.ndarray) -> np.ndarray:
        """Target points (N, 3) in the domain, float32."""
        return (np.asarray(points, dtype=np.float64) @ self.matrix.T + self.offset).astype(np.float32)

    def points_to_target(self, points: np.ndarray) -> np.ndarray:
        """Domain points (N, 3) in the target's space, float64."""
        return (np.asarray(points, dtype=np.float64) - self.offset) @ self.inverse_matrix.T

    def vectors_to_domain(self, vectors: np.ndarray) -> np.ndarray:
        """Displacements (N, 3) of the target's space in the domain, float32."""
        return (np.asarray(vectors, dtype=np.float64) @ self.matrix.T).astype(np.float32)

    def normals_to_target(self, normals: np.ndarray) -> np.ndarray:
        """Unit normals in the target's space of normals or gradients (N, 3) in the domain, float32.

        By the chain rule the gradient of f(matrix p + offset) is matrix^T times the gradient of f, so normals
        stay perpendicular to the surface under any scale and point outwards under a mirroring one.
        """
        return normalized(np.asarray(normals, dtype=np.float64) @ self.matrix).astype(np.float32)

    def normals_to_domain(self, normals: np.ndarray) -> np.ndarray:
        """Unit normals in the domain of normals (N, 3) in the target's space, float32."""
        return normalized(np.asarray(normals, dtype=np.float64) @ self.inverse_matrix).astype(np.float32)


def normalized(vectors: np.ndarray) -> np.ndarray:
    """Vectors (N, 3) scaled to unit length; zero vectors stay zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
