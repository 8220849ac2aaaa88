"""A shape file read for a command that shows one moment of it."""

from pathlib import Path

from .. import shape_file
from ..errors import NeuralShapesError
from ..neural_shape import NeuralShape


def load_moment(path: Path, time: float | None, true_volume: bool) -> NeuralShape:
    """The static shape in a file, or a changing one at ``time``, as large as ``NeuralShape.at_time`` says.

    Raises NeuralShapesError when the file is no shape, or a time is missing or makes no sense for it.
    """
    shape = shape_file.load(path)
    if time is not None:
        return shape.at_time(time, true_volume)
    if shape.changes_over_time:
        raise NeuralShapesError(f"{path.name} changes over time; choose a moment of it with --time, 0 to 1.")
    return shape
