"""Displacement: how far along its own normal a point of a coarse surface is from the neural surface."""

import numpy as np

from ..fields.field import Field

# Newton's steps along a line; a (64,1) + (128,2) field is met to 1e-5 of the domain after four (measured).
STEPS = 5

# A line that runs nearly along the surface must not be followed in leaps.
SMALLEST_SLOPE = 0.2

# What counts as having met the surface, in domain units: under a thousandth of a shape's size.
TOLERANCE = 1e-3


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
    met = np.abs(field.value(points + ways[:, None] * unit)) < TOLERANCE
    return np.where(met, ways / lengths, 0).astype(np.float32), met
