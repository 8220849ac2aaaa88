"""The rays of a viewport's pixels in the unit domain."""

from dataclasses import dataclass

import numpy as np

from ..core.geometry.flatness import flattens
from .errors import PreviewError


@dataclass(frozen=True)
class ViewRays:
    """Rays by normalised device coordinates x and y in [-1, 1], in domain units, float64.

    A ray starts at ``origin + x origin_x + y origin_y`` and points along the vector
    ``direction + x direction_x + y direction_y``, which ends on the far plane; ``near`` is the share of that
    vector at which the near plane lies. ``domain_to_clip`` is 4x4; ``normal_to_view``, 3x3, takes gradients
    of the domain to directions in view space.
    """

    origin: np.ndarray
    origin_x: np.ndarray
    origin_y: np.ndarray
    direction: np.ndarray
    direction_x: np.ndarray
    direction_y: np.ndarray
    near: float
    domain_to_clip: np.ndarray
    normal_to_view: np.ndarray

    @classmethod
    def of_matrices(cls, projection: np.ndarray, domain_to_view: np.ndarray) -> "ViewRays":
        """The rays of a perspective or parallel projection (4x4, OpenGL's clip space).

        Raises PreviewError for an object that is flattened, as by a scale of zero, or whose transform is not
        finite.
        """
        if not np.isfinite(domain_to_view).all():
            raise PreviewError("The object's transform is not finite, so it has no preview.")
        if flattens(domain_to_view[:3, :3]):
            raise PreviewError("An object of scale zero has no preview; give it a size.")
        view_to_domain = np.linalg.inv(domain_to_view)
        inverse = view_to_domain @ np.linalg.inv(projection)
        near, near_x, near_y = (_point(inverse, x, y, -1.0) for x, y in ((0, 0), (1, 0), (0, 1)))
        far, far_x, far_y = (_point(inverse, x, y, 1.0) for x, y in ((0, 0), (1, 0), (0, 1)))
        eye = inverse @ (0.0, 0.0, 1.0, 0.0)
        is_perspective = projection[3, :3].any()
        if is_perspective:
            origin = eye[:3] / eye[3]
            zero = np.zeros(3)
            share = float(np.linalg.norm(near - origin) / np.linalg.norm(far - origin))
            axes = (origin, zero, zero, far - origin, far_x - far, far_y - far)
        else:
            # Origins beside the domain instead of on a distant near plane keep float32 exact.
            along = far - near
            beside = -float(near @ along / (along @ along))
            origin = near + beside * along
            share = -beside / (1 - beside)
            axes = (origin, near_x - near, near_y - near, far - origin, np.zeros(3), np.zeros(3))
        return cls(*axes, share, projection @ domain_to_view, view_to_domain[:3, :3].T)

    def pixel_radius(self, pixel_height: float) -> tuple[float, float]:
        """Half a pixel's height at the origin, and by how much it grows per distance along a ray.

        ``pixel_height`` is in normalised device coordinates.
        """
        growth = np.linalg.norm(self.direction_y) / np.linalg.norm(self.direction)
        return float(np.linalg.norm(self.origin_y) * pixel_height / 2), float(growth * pixel_height / 2)

    def rectangle_of_domain(self) -> tuple[float, float, float, float] | None:
        """Lower left corner and size of what the domain's cube covers, in normalised device coordinates.

        The whole view when the eye is near or inside the cube, and None when the cube is out of sight.
        """
        corners = np.stack(np.meshgrid([-1, 1], [-1, 1], [-1, 1]), axis=-1).reshape(-1, 3)
        clip = np.concatenate([corners, np.ones((8, 1))], axis=1) @ self.domain_to_clip.T
        if (clip[:, 3] <= 0).all():
            return None
        if (clip[:, 3] <= 0).any():
            return -1.0, -1.0, 2.0, 2.0
        ndc = clip[:, :3] / clip[:, 3:]
        low, high = np.maximum(ndc.min(axis=0), -1), np.minimum(ndc.max(axis=0), 1)
        if (low >= high).any():
            return None
        return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])


def _point(inverse: np.ndarray, x: float, y: float, z: float) -> np.ndarray:
    point = inverse @ (x, y, z, 1.0)
    return point[:3] / point[3]
