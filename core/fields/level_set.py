"""The operators of the level-set equation f_t + V . grad f = 0, for numpy arrays and torch tensors alike."""

from typing import Any

import numpy as np

# Where a field is flatter than this its level sets have no direction: distances have the slope 1.
SMALLEST_SLOPE = 0.05

# Row i of a curl is dV_j/dx_i' - dV_i'/dx_j over these pairs: x from (z, y), y from (x, z), z from (y, x).
_ROWS, _COLUMNS = [2, 0, 1], [1, 2, 0]


def curl(jacobian: Any) -> Any:
    """The curl (N, 3) of a vector field from its Jacobian (N, 3, 3), entry [n, i, j] = dV_i / dx_j."""
    return jacobian[:, _ROWS, _COLUMNS] - jacobian[:, _COLUMNS, _ROWS]


def divergence(jacobian: Any) -> Any:
    """The divergence (N,) of a vector field from its Jacobian (N, 3, 3)."""
    return jacobian[:, 0, 0] + jacobian[:, 1, 1] + jacobian[:, 2, 2]


def level_set_residual(space_time_gradient: Any, velocity: Any) -> Any:
    """f_t + V . grad f (N,) from the gradient (N, 4) of a space-time field and velocities (N, 3).

    Zero where every level set of f moves with V (Osher and Sethian 1988). Over |grad f| it is a speed along
    the normal, in domain units per unit of time.
    """
    return space_time_gradient[:, 3] + (space_time_gradient[:, :3] * velocity).sum(1)


def normal_velocity(space_time_gradient: np.ndarray) -> np.ndarray:
    """How fast level sets move along their normals: -f_t grad f / |grad f|^2, (N, 3) from gradients (N, 4).

    Every level set of f moves with it, as with any velocity that differs from it along the surface (Osher and
    Sethian 1988). In domain units per unit of time; slopes below SMALLEST_SLOPE count as that one.
    """
    slopes = np.linalg.norm(space_time_gradient[:, :3], axis=1)
    speeds = -space_time_gradient[:, 3] / np.maximum(slopes, SMALLEST_SLOPE) ** 2
    return speeds[:, None] * space_time_gradient[:, :3]
