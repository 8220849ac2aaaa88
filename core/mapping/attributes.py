"""What a neural shape can tell a point of a coarse surface: normal, displacement, curvature, cavity."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ..fields.field import Field
from .curvature import principal_curvatures
from .displacement import displacement_along
from .neural_normals import Reach, blended_normals, map_normals
from .projection import project_to_surface
from .transform import TargetTransform


class Attribute(StrEnum):
    """The attributes that can be mapped, by the names that commands and panels use."""

    NORMAL = "normal"
    DISPLACEMENT = "displacement"
    CURVATURE = "curvature"
    CAVITY = "cavity"

    @property
    def channels(self) -> int:
        """Numbers at each point: three for a normal, else one."""
        return 3 if self is Attribute.NORMAL else 1


@dataclass(frozen=True)
class SurfaceSamples:
    """Points (N, 3) of a target with its own unit normals (N, 3) there, both in the target's space."""

    points: np.ndarray
    normals: np.ndarray


@dataclass(frozen=True)
class MappedAttribute:
    """Values (N, channels) in the target's units, and the weight (N,) of each: 0 where a point is masked.

    A normal is a unit vector of the target's space, a displacement a length along the target's normal, a
    curvature the mean curvature and a cavity the depth of the concave one, both 1 / length. Masked points
    have their own normal, and zero otherwise.
    """

    values: np.ndarray
    weights: np.ndarray


def map_attribute(
    attribute: Attribute, field: Field, samples: SurfaceSamples, transform: TargetTransform, reach: Reach
) -> MappedAttribute:
    """An attribute of the field's surface at samples of a target."""
    points = transform.points_to_domain(samples.points)
    if attribute is Attribute.DISPLACEMENT:
        directions = transform.vectors_to_domain(samples.normals)
        ways, met = displacement_along(field, points, directions, reach.limit)
        return MappedAttribute(ways[:, None], met.astype(np.float32))
    if attribute is Attribute.NORMAL:
        mapped = map_normals(field, points, reach)
        normals = transform.normals_to_target(mapped.normals)
        return MappedAttribute(blended_normals(samples.normals, normals, mapped.weights), mapped.weights)
    end = project_to_surface(field, points, reach.newton_steps, reach.limit, reach.limit)
    curvatures = principal_curvatures(field, end.points, end.gradients)
    bent = curvatures.mean if attribute is Attribute.CURVATURE else np.maximum(-curvatures.smallest, 0)
    weights = reach.weight(end.first_values)
    values = transform.length_scale * weights * bent
    return MappedAttribute(values[:, None].astype(np.float32), weights)
