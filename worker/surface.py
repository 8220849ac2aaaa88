"""The surface of a neural shape in object space, with its progress told to the client."""

import time
from collections.abc import Callable

from ..core.errors import NeuralShapesError
from ..core.geometry.mesh import TriangleMesh
from ..core.learning.torch_field import TorchField
from ..core.meshing.decimation import decimated
from ..core.meshing.isosurface import extract_isosurface
from ..core.neural_shape import NeuralShape
from .task import Control, Reply

RESOLUTION = 256

# Progress more often than this would say nothing new.
REPORT_SECONDS = 0.1


def extract_surface(
    shape: NeuralShape,
    progress: Callable[[float], None],
    *,
    device: str = "auto",
    level: int = -1,
    resolution: int = RESOLUTION,
    offset: float = 0.0,
    faces: int | None = None,
) -> tuple[TriangleMesh, float]:
    """A level's surface and the share of the grid that was evaluated.

    `offset` is outwards and in units of the object; `faces` is how many to keep about (None: all).

    Raises IsosurfaceError where there is no surface, and NeuralShapesError for a level that does not exist.
    """
    try:
        field = TorchField(shape.field, device, level)
    except IndexError:
        raise NeuralShapesError(
            f"This shape has the levels 0 to {len(shape.field.levels) - 1}, and no level {level}."
        ) from None
    isosurface = extract_isosurface(field, resolution, offset * shape.placement.scale, progress)
    mesh = isosurface.mesh if faces is None else decimated(isosurface.mesh, faces)
    return shape.placement.mesh_to_object(mesh), isosurface.evaluated_share


def extraction_reporter(control: Control) -> Callable[[float], None]:
    """Tells the client the share done, now and then, as the phase "extracting"."""
    reported_at = 0.0

    def report(share: float) -> None:
        nonlocal reported_at
        if time.monotonic() - reported_at > REPORT_SECONDS:
            reported_at = time.monotonic()
            control.report(Reply({"phase": "extracting", "share": share}))

    return report
