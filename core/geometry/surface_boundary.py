"""The boundary of an open surface, kept with a shape so that its caps can be cut off again."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class SurfaceBoundary:
    """The edges beyond which a source has no surface, in domain units; all arrays float32.

    ``ends`` (E, 2, 3) are the edges' end points, ``inward`` (E, 3) unit vectors in the plane of each edge's
    face, at right angles to the edge, from the edge into the face, and ``normals`` (E, 3) the face's unit
    normals.
    """

    ends: np.ndarray
    inward: np.ndarray
    normals: np.ndarray

    def __post_init__(self) -> None:
        count = len(self.ends)
        if self.ends.shape != (count, 2, 3) or {self.inward.shape, self.normals.shape} != {(count, 3)}:
            raise ValueError("A boundary needs two ends, an inward vector and a normal for each edge.")

    def part(self, chosen: np.ndarray) -> "SurfaceBoundary | None":
        """The edges where ``chosen`` (E,) is true; None when there are none."""
        if not chosen.any():
            return None
        return SurfaceBoundary(self.ends[chosen], self.inward[chosen], self.normals[chosen])
