"""The surface of a shape that changes over time: its mesh, its normals and its velocity at a time."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..fields.level_set import normal_velocity
from ..fields.nested import NestedField
from ..geometry.mesh import TriangleMesh
from ..learning.torch_field import TorchField
from ..mapping.transform import normalized
from ..neural_shape import NeuralShape
from .isosurface import extract_isosurface

# Half the span of time over which the change of the placement is measured, in float64.
PLACEMENT_STEP = 1e-4


@dataclass(frozen=True)
class Moment:
    """A shape at one time: its surface in object space, and what was wanted beside it.

    ``normals`` (V, 3) are the neural unit normals of the finest level at the vertices; ``velocity`` (V, 3) is
    that of the surface as it is shown, in units of the object per unit of the morph's time. Both are float32.
    """

    mesh: TriangleMesh
    normals: np.ndarray | None = None
    velocity: np.ndarray | None = None


def extract_moment(
    shape: NeuralShape,
    time: float,
    resolution: int,
    *,
    true_volume: bool = False,
    normals: bool = False,
    velocity: bool = False,
    device: str = "auto",
    progress: Callable[[float], None] | None = None,
) -> Moment:
    """The surface of a shape at a time, 0 to 1 over the whole morph, and what is wanted beside it.

    Times outside are those of the ends. ``progress`` is told the share done, and may raise to stop.

    Raises what ``extract_isosurface`` raises, and NeuralShapesError for a shape that does not change over
    time or a device that does not exist.
    """
    time = min(max(time, 0.0), 1.0)
    still = shape.at_time(time, true_volume)
    field = TorchField(still.field, device)
    surface = extract_isosurface(field, resolution, progress=progress).mesh
    points = surface.vertices.astype(np.float32)
    return Moment(
        still.placement.mesh_to_object(surface),
        normalized(field.value_and_gradient(points)[1]) if normals else None,
        surface_velocity(shape, points, time, true_volume) if velocity else None,
    )


def surface_velocity(
    shape: NeuralShape, points: np.ndarray, time: float, true_volume: bool = False
) -> np.ndarray:
    """How fast points (N, 3) of the domain, on the surface at a time, move in object space: float32 (N, 3).

    Where the morph was fitted by a flow they move with it, else along the surface's normals. Where the true
    volume is shown, its change moves them too. In units of the object per unit of the morph's time.
    """
    placement = shape.placement_at_time(time, true_volume)
    in_domain = _velocity_in_domain(shape, points, time)
    velocity = in_domain / placement.scale
    if true_volume and not isinstance(shape.field, NestedField):
        index, _ = shape.field.locate(time)
        start = max(time - PLACEMENT_STEP, shape.field.times[index])
        end = min(time + PLACEMENT_STEP, shape.field.times[index + 1])
        places = [shape.placement_at_time(at, true_volume).to_object(points) for at in (start, end)]
        velocity += (places[1] - places[0]) / (end - start)
    return velocity.astype(np.float32)


def _velocity_in_domain(shape: NeuralShape, points: np.ndarray, time: float) -> np.ndarray:
    """In domain units per unit of the morph's time, (N, 3)."""
    velocity = None if isinstance(shape.field, NestedField) else shape.field.velocity(points, time)
    if velocity is not None:
        return velocity
    times = np.full((len(points), 1), time, dtype=np.float32)
    return normal_velocity(shape.field.value_and_gradient(np.concatenate([points, times], axis=1))[1])
