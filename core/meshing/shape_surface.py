"""The surface of a neural shape, as its user sees it: in object space, of any level, offset and size."""

from collections.abc import Callable

from ..errors import NeuralShapesError
from ..geometry.mesh import TriangleMesh
from ..learning.torch_field import TorchField
from ..neural_shape import NeuralShape
from .decimation import decimated
from .isosurface import extract_isosurface, within_memory
from .trimming import trimmed


def extract_surface(
    shape: NeuralShape,
    resolution: int,
    progress: Callable[[float], None],
    *,
    device: str = "auto",
    level: int = -1,
    offset: float = 0.0,
    faces: int | None = None,
    trim: bool = True,
) -> tuple[TriangleMesh, float]:
    """A level's surface in object space and the share of the grid that was evaluated.

    ``offset`` is outwards and in units of the object; ``faces`` is how many to keep about (None: all);
    ``trim`` cuts off the caps over the openings of the source. ``progress`` is called with the share done and
    may raise to stop.

    Raises IsosurfaceError where there is no surface or not enough memory, and NeuralShapesError for a level
    that does not exist.
    """
    try:
        field = TorchField(shape.field, device, level)
    except IndexError:
        raise NeuralShapesError(
            f"This shape has the levels 0 to {len(shape.field.levels) - 1}, and no level {level}."
        ) from None
    offset = offset * shape.placement.scale
    isosurface = extract_isosurface(field, resolution, offset, progress)
    mesh = isosurface.mesh
    with within_memory(resolution):
        if trim and shape.boundary is not None:
            mesh = trimmed(mesh, shape.boundary, isosurface.spacing, offset, lambda: progress(1.0))
        if faces is not None:
            mesh = decimated(mesh, faces)
        return shape.placement.mesh_to_object(mesh), isosurface.evaluated_share
