"""The exact distance to a mesh as a Field."""

import numpy as np

from .distance import SignedDistance


class DistanceField:
    """A solid's signed distance in domain units: what a network could reach at best."""

    dimension = 3

    def __init__(self, distance: SignedDistance) -> None:
        self._distance = distance

    def value(self, points: np.ndarray) -> np.ndarray:
        """Signed distance at points (N, 3): float32 (N,)."""
        return self._distance.signed_distance(points)

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Signed distance and unit gradient at points (N, 3); the gradient is zero on the surface itself."""
        value = self.value(points)
        offset = points - self._distance.closest_points(points).points
        lengths = np.maximum(np.linalg.norm(offset, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        return value, (np.sign(value)[:, None] * offset / lengths).astype(np.float32)
