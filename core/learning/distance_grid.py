"""A mesh's signed distance baked into a grid: cheap to read and differentiable by the points."""

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from ..geometry.distance import SignedDistance

# Half the side of the grid's cube, in domain units: points that a flow carries may leave the domain a little.
EXTENT = 1.2


class DistanceGrid:
    """Trilinear interpolation of exact signed distances; beyond the grid the value at its border."""

    def __init__(self, distance: SignedDistance, resolution: int, device: torch.device) -> None:
        """``resolution`` points an axis, each an exact distance of some 10 microseconds."""
        axis = np.linspace(-EXTENT, EXTENT, resolution)
        points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
        values = distance.signed_distance(points).reshape(1, 1, resolution, resolution, resolution)
        self._values = torch.as_tensor(values, device=device)

    def __call__(self, points: Tensor) -> Tensor:
        """Signed distance at points (N, 3): (N,), in domain units."""
        # grid_sample names the last axis first.
        places = (points / EXTENT).flip(1).view(1, -1, 1, 1, 3)
        return grid_sample(self._values, places, align_corners=True, padding_mode="border").view(-1)
