"""Newton projection of points onto the surface of a field, with bounds on the step and on the whole way."""

from dataclasses import dataclass

import numpy as np

from ..fields.field import Field

# Newton's step divides by the gradient's length: near 1 for a distance field, and 0 on its medial axis.
SMALLEST_SLOPE = np.float32(1e-3)

# A point with a smaller |f| has met the surface; in domain units, under a thousandth of a shape's size.
SURFACE_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Projection:
    """Where a projection ended, and the field there and where it began.

    ``points`` (N, 3), ``values`` (N,) and ``gradients`` (N, 3) belong to the end, ``first_values`` (N,) to
    the points as they were given. Domain units.
    """

    points: np.ndarray
    values: np.ndarray
    gradients: np.ndarray
    first_values: np.ndarray


def project_to_surface(
    field: Field, points: np.ndarray, steps: int, step_bound: float, travel_bound: float
) -> Projection:
    """Move points (N, 3) towards f = 0 by Newton steps p - f grad f / |grad f|^2; domain units.

    No step is longer than ``step_bound`` and no point's way longer than ``travel_bound``; with no steps the
    field is evaluated where the points are. Costs steps + 1 evaluations of the gradient.
    """
    points = np.array(points, dtype=np.float32)
    values, gradients = field.value_and_gradient(points)
    first_values = values
    remaining = np.full(len(points), travel_bound, dtype=np.float32)
    for _ in range(steps):
        slope = np.maximum(np.linalg.norm(gradients, axis=1), SMALLEST_SLOPE)
        length = np.minimum(np.minimum(np.abs(values) / slope, np.float32(step_bound)), remaining)
        points -= (np.sign(values) * length / slope)[:, None] * gradients
        remaining -= length
        values, gradients = field.value_and_gradient(points)
    return Projection(points, values, gradients, first_values)
