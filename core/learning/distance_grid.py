"""A mesh's signed distance baked into a grid: cheap to read and differentiable by the points."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import grid_sample, max_pool3d

from ..geometry.distance import SignedDistance

# Half the side of the grid's cube, in domain units: points that a flow carries may leave the domain a little.
EXTENT = 1.2


class DistanceGrid:
    """Trilinear interpolation of exact signed distances; beyond the grid the value at its border."""

    def __init__(self, values: Tensor) -> None:
        """``values`` (n, n, n) at the points of a regular grid over [-1.2, 1.2]^3, x first."""
        self._values = values[None, None]

    @classmethod
    def of_mesh(
        cls,
        distance: SignedDistance,
        resolution: int,
        device: torch.device,
        progress: Callable[[float], None] | None = None,
    ) -> "DistanceGrid":
        """A grid of ``resolution`` points an axis, each an exact distance of some 10 microseconds."""
        axis = np.linspace(-EXTENT, EXTENT, resolution)
        points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
        values = distance.signed_distance(points, progress).reshape((resolution,) * 3)
        return cls(torch.as_tensor(values, device=device))

    def __call__(self, points: Tensor) -> Tensor:
        """Signed distance at points (N, 3): (N,), in domain units."""
        # grid_sample names the last axis first.
        places = (points / EXTENT).flip(1).view(1, -1, 1, 1, 3)
        return grid_sample(self._values, places, align_corners=True, padding_mode="border").view(-1)

    def cells_reaching_inside(self) -> tuple[np.ndarray, float]:
        """Lower corners (N, 3) of all cells that can hold points inside, and their side, in domain units.

        Such a point is at most half a diagonal from one of its cell's corners, which is no farther outside.
        """
        side = 2 * EXTENT / (self._values.shape[-1] - 1)
        lowest = -max_pool3d(-self._values, 2, stride=1)[0, 0]
        cells = torch.nonzero(lowest <= math.sqrt(3) / 2 * side)
        return cells.cpu().numpy() * side - EXTENT, side
