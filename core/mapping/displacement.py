"""Displacement: how far along its own normal a point of a coarse surface is from the neural surface."""

import numpy as np

from ..fields.field import Field
from .projection import SURFACE_TOLERANCE

# Newton's steps along a line. After four, 99.9% of the points of low-poly scans meet a Standard shape, 99% of
# them to 5e-7 of the domain; more steps change neither (armadillo, falconstatue, lucy at 2%, measured).
STEPS = 4

# A line that runs nearly along the surface must not be followed in leaps.
SMALLEST_SLOPE = 0.2


def displacement_along(
    field: Field, points: np.ndarray, directions: np.ndarray, limit: float
) -> tuple[np.ndarray, np.ndarray]:
    """The signed t with f(point + t direction) = 0 nearest to t = 0, and whether it was found, both (N,).

    ``directions`` (N, 3) point outwards and may have any length, in which t is then measured; no point is
    moved further than ``limit`` domain units. Newton's method on the line, with the slope bounded below.
    Points from which the surface was not met have t = 0.
    """
    points = np.asarray(points, dtype=np.float32)
    lengths = np.maximum(np.linalg.norm(directions, axis=1), np.finfo(np.float32).tiny)
    unit = (directions / lengths[:, None]).astype(np.float32)
    ways = np.zeros(len(points), dtype=np.float32)
    for _ in range(STEPS):
        values, gradients = field.value_and_gradient(points + ways[:, None] * unit)
        slopes = np.maximum(np.einsum("nx,nx->n", gradients, unit), SMALLEST_SLOPE)
        ways = np.clip(ways - values / slopes, -limit, limit).astype(np.float32)
    met = np.abs(field.value(points + ways[:, None] * unit)) < SURFACE_TOLERANCE
    return np.where(met, ways / lengths, 0).astype(np.float32), met
