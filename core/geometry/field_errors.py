"""How far a field is from the signed distance of a mesh: its values, signs, normals and slopes."""

from dataclasses import dataclass

import numpy as np

from ..fields.field import Field
from .distance import SignedDistance
from .sampling import sample_domain, sample_surface

# Area-uniform samples of the mesh, as many as for the surface's own errors.
SURFACE_SAMPLES = 30_000
# Uniform samples of the domain: a share of 2% with the wrong sign is then known to 0.05%.
DOMAIN_SAMPLES = 100_000


@dataclass(frozen=True)
class FieldErrors:
    """Errors of a field f against the signed distance d of a mesh, lengths in domain units.

    On the surface, over area-uniform samples: ``surface_value`` is the mean of |f|, ``normal_degrees`` the
    mean angle between the field's gradient and the normal of the face. Over uniform samples of [-1, 1]^3:
    ``sign_error`` is the share where the signs differ, ``distance_error`` the mean of |f - d|,
    ``eikonal_mean`` and ``eikonal_max`` are those of | |grad f| - 1 |. ``lipschitz`` is the largest
    |grad f| over all these samples: a measured lower bound of the Lipschitz constant.
    """

    surface_value: float
    normal_degrees: float
    sign_error: float
    distance_error: float
    eikonal_mean: float
    eikonal_max: float
    lipschitz: float


def field_errors(field: Field, distance: SignedDistance, generator: np.random.Generator) -> FieldErrors:
    """Errors against a mesh in domain units whose faces point outwards (see ``solid_distance``)."""
    surface = sample_surface(distance.mesh, SURFACE_SAMPLES, generator)
    surface_values, surface_gradients = field.value_and_gradient(surface.points)
    points = sample_domain(DOMAIN_SAMPLES, generator)
    values, gradients = field.value_and_gradient(points)
    exact = distance.signed_distance(points)
    slopes = np.linalg.norm(gradients, axis=1)
    surface_slopes = np.linalg.norm(surface_gradients, axis=1)
    return FieldErrors(
        surface_value=float(np.abs(surface_values).mean()),
        normal_degrees=float(_angles(surface_gradients, surface.normals).mean()),
        sign_error=float(((values < 0) != (exact < 0)).mean()),
        distance_error=float(np.abs(values - exact).mean()),
        eikonal_mean=float(np.abs(slopes - 1).mean()),
        eikonal_max=float(np.abs(slopes - 1).max()),
        lipschitz=float(max(slopes.max(), surface_slopes.max())),
    )


def _angles(vectors: np.ndarray, unit_normals: np.ndarray) -> np.ndarray:
    """Angles in degrees between vectors of any length, at a right angle where there is none, and normals.

    By the arc tangent, which is exact for small angles where the arc cosine is not.
    """
    along = np.einsum("ij,ij->i", vectors, unit_normals)
    across = np.linalg.norm(np.cross(vectors, unit_normals), axis=1)
    return np.degrees(np.where(np.any(vectors != 0, axis=1), np.arctan2(across, along), np.pi / 2))
