"""The Lipschitz constant of a field, measured: networks promise none."""

import numpy as np

from ..fields.field import Field


def measured_lipschitz(field: Field, points: np.ndarray) -> float:
    """The largest length of the field's gradient over points (N, 3): a lower bound of the constant."""
    return float(np.linalg.norm(field.value_and_gradient(points)[1], axis=1).max())
