"""Points of a morph followed back along its flow to where they were on the first mesh."""

import numpy as np

from ..errors import NeuralShapesError
from ..fields.nested import NestedField
from ..neural_shape import NeuralShape


def require_flow(shape: NeuralShape) -> None:
    """Raises NeuralShapesError when a segment of a morph has no flow to follow."""
    if not has_flow(shape):
        raise NeuralShapesError(
            "Colours and UVs are carried along a flow, which this morph has not; train it in the mode volume."
        )


def has_flow(shape: NeuralShape) -> bool:
    """Whether every segment of a morph was fitted by a flow."""
    segments = () if isinstance(shape.field, NestedField) else shape.field.segments
    return bool(segments) and all(getattr(segment, "flow", None) is not None for segment in segments)


def followed_back(shape: NeuralShape, points: np.ndarray, time: float) -> np.ndarray:
    """Where points (N, 3) of the domain at a time were at time 0, in the first mesh's object space (N, 3).

    The shape is one for which ``has_flow`` is true.
    """
    last, within = shape.field.locate(time)
    for index in range(last, -1, -1):
        points = shape.field.segments[index].flow.transport(points, within, 0.0)
        within = 1.0
    return shape.keys[0].placement.to_object(points)
