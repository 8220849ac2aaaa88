"""The Field protocol: what tracing, meshing and measuring may ask of any signed distance field."""

from typing import Protocol

import numpy as np


class Field(Protocol):
    """A scalar field over the unit domain [-1, 1]^3, or over that domain and time.

    Points are float32 arrays of shape (N, dimension) in domain units; values are negative inside.
    """

    @property
    def dimension(self) -> int:
        """3 for a static field, 4 for a space-time field whose last coordinate is time."""
        ...

    def value(self, points: np.ndarray) -> np.ndarray:
        """The field at points (N, dimension): float32 (N,), in domain units."""
        ...

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The field and its exact gradient at points: float32 (N,) and (N, dimension)."""
        ...
