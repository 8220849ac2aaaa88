"""What the tasks that map a shape onto a target have in common: its field, its place, its reach, progress.

parameters: "matrix", the 16 numbers, row by row, that take the target's space to the shape's object space;
where given, "newton_steps", "distance" (how far the surface may be, in units of the shape's object, in place
of the shape's own threshold) and "device".
"""

import time
from collections.abc import Callable

import numpy as np

from ...core.errors import Cancelled
from ...core.fields.field import Field
from ...core.learning.torch_field import TorchField
from ...core.mapping.neural_normals import Reach
from ...core.mapping.transform import TargetTransform
from ..arrays import array_to_shape
from ..task import Control, Reply, Request


def field_transform_and_reach(request: Request) -> tuple[Field, TargetTransform, Reach]:
    """Raises ShapeFileError, and NeuralShapesError for a target without extent or a missing device."""
    parameters = request.parameters
    shape = array_to_shape(request.arrays["shape"])
    transform = TargetTransform.of_placement(
        shape.placement, np.reshape(np.asarray(parameters["matrix"], dtype=np.float64), (4, 4))
    )
    distance = parameters.get("distance", 0.0) * shape.placement.scale
    reach = Reach.of_field(shape.field, parameters.get("newton_steps", 0), distance)
    return TorchField(shape.field, parameters.get("device", "auto")), transform, reach


def reporter(control: Control, phase: str) -> Callable[..., None]:
    """Sends the share done, the seconds left, and further figures that it is given by their names.

    It raises Cancelled once the client has asked for the end.
    """
    started = time.monotonic()

    def report(share: float, **figures: int) -> None:
        if control.cancelled():
            raise Cancelled
        body: dict[str, str | float] = {"phase": phase, "share": share, **figures}
        if share > 0:
            body["seconds_left"] = (time.monotonic() - started) * (1 - share) / share
        control.report(Reply(body))

    return report
