"""Rays: where they start and point, how wide a pixel is along them, and where they cross the domain."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Rays:
    """One ray per pixel in domain units: origins (N, 3), unit directions (N, 3), row by row from the top.

    Half the width of a pixel at distance t is ``footprint + spread * t``: a perspective camera has a spread,
    a parallel one a constant footprint. The precision of the origins is the precision of tracing; fields
    convert the points to their own.
    """

    origins: np.ndarray
    directions: np.ndarray
    footprint: float
    spread: float

    def __len__(self) -> int:
        return len(self.origins)

    def points(self, index: np.ndarray, distance: np.ndarray) -> np.ndarray:
        """Positions (K, 3) at distances (K,) along the rays with these indices (K,)."""
        return self.origins[index] + distance[:, None] * self.directions[index]

    def pixel_radius(self, distance: np.ndarray) -> np.ndarray:
        """Half the width of a pixel at these distances, in domain units."""
        return self.footprint + self.spread * distance

    def clip_to_box(self, half_extent: float) -> tuple[np.ndarray, np.ndarray]:
        """Distances (N,) at which each ray enters and leaves the cube [-half_extent, half_extent]^3.

        Never before the ray's own start. A ray that misses the cube leaves it before it enters it.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            first = (-half_extent - self.origins) / self.directions
            second = (half_extent - self.origins) / self.directions
        # 0/0 is a ray that runs within a face; fmin and fmax let the other face turn it away.
        near = np.fmin(first, second).max(axis=1, initial=0)
        far = np.fmax(first, second).min(axis=1)
        return near, far
