"""Exact signed distance fields of simple solids: oracles for tests and first experiments."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Sphere:
    """Signed distance to a sphere; centre and radius in domain units."""

    radius: float = 0.5
    centre: tuple[float, float, float] = (0.0, 0.0, 0.0)
    dimension: int = 3

    def value(self, points: np.ndarray) -> np.ndarray:
        """Signed distance at points (N, 3): float32 (N,)."""
        return self.value_and_gradient(points)[0]

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Signed distance and unit gradient at points (N, 3)."""
        offset = np.asarray(points, dtype=np.float32) - np.float32(self.centre)
        length = np.linalg.norm(offset, axis=1)
        return length - np.float32(self.radius), _divide(offset, length)


@dataclass(frozen=True)
class Torus:
    """Signed distance to a torus around the z axis; both radii in domain units."""

    major_radius: float = 0.5
    minor_radius: float = 0.2
    dimension: int = 3

    def value(self, points: np.ndarray) -> np.ndarray:
        """Signed distance at points (N, 3): float32 (N,)."""
        return self.value_and_gradient(points)[0]

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Signed distance and unit gradient at points (N, 3)."""
        points = np.asarray(points, dtype=np.float32)
        radial = np.linalg.norm(points[:, :2], axis=1)
        circle = np.zeros_like(points)
        direction = _divide(points[:, :2], radial)
        direction[radial == 0, 0] = 1  # On the axis every point of the circle is as near.
        circle[:, :2] = np.float32(self.major_radius) * direction
        offset = points - circle
        length = np.linalg.norm(offset, axis=1)
        return length - np.float32(self.minor_radius), _divide(offset, length)


@dataclass(frozen=True)
class Box:
    """Signed distance to an axis-aligned box around the origin; half sizes in domain units."""

    half_size: tuple[float, float, float] = (0.5, 0.4, 0.3)
    dimension: int = 3

    def value(self, points: np.ndarray) -> np.ndarray:
        """Signed distance at points (N, 3): float32 (N,)."""
        return self.value_and_gradient(points)[0]

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Signed distance and unit gradient at points (N, 3)."""
        points = np.asarray(points, dtype=np.float32)
        excess = np.abs(points) - np.float32(self.half_size)
        outside = np.maximum(excess, 0)
        distance = np.linalg.norm(outside, axis=1)
        inner = excess.max(axis=1)
        nearest_face = np.eye(3, dtype=np.float32)[excess.argmax(axis=1)]
        is_outside = inner > 0
        gradient = np.where(is_outside[:, None], _divide(outside, distance), nearest_face)
        return np.where(is_outside, distance, inner), gradient * np.sign(points)


def _divide(vectors: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(lengths, np.finfo(np.float32).tiny)[:, None]
