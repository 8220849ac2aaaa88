"""Cameras: from matrices, or on an orbit around the unit domain."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..geometry.placement import DOMAIN_EXTENT
from .rays import Rays

FIELD_OF_VIEW = math.radians(30)
# The largest placed cube, turned around its vertical axis, stays inside a sphere section of this radius.
FRAMED_RADIUS = math.sqrt(2) * DOMAIN_EXTENT

UpAxis = Literal["y", "z"]


@dataclass(frozen=True)
class Camera:
    """A perspective or parallel camera by its two 4x4 matrices, as OpenGL and Blender define them.

    ``view`` maps the domain to camera space (the camera looks along -z, y is up) and ``projection`` maps
    camera space to clip space. For the pixels of a Blender viewport pass its view matrix times the object's
    matrix times the shape's placement, and its window's projection.
    """

    view: np.ndarray
    projection: np.ndarray

    @classmethod
    def orbit(cls, azimuth: float, elevation: float, size: tuple[int, int], up: UpAxis = "y") -> "Camera":
        """A camera that looks at the origin and frames the whole placed shape.

        ``azimuth`` and ``elevation`` are in degrees, ``size`` is width and height in pixels. At azimuth 0
        the camera sees the front of a model, which faces +z when y is up (OBJ and glTF files) and -y when z
        is up (Blender); at azimuth 90 it stands on +x.
        """
        width, height = size
        turn, rise = math.radians(azimuth), math.radians(elevation)
        backward = np.array(
            [math.sin(turn) * math.cos(rise), math.sin(rise), math.cos(turn) * math.cos(rise)]
        )
        right = np.array([math.cos(turn), 0.0, -math.sin(turn)])
        axes = np.stack([right, np.cross(backward, right), backward])
        if up == "z":
            x, y, z = axes.T
            axes = np.stack([x, -z, y], axis=1)
        view = np.eye(4)
        view[:3, :3] = axes
        distance = FRAMED_RADIUS / math.sin(FIELD_OF_VIEW / 2)
        view[2, 3] = -distance
        near, far = distance - 2 * FRAMED_RADIUS, distance + 2 * FRAMED_RADIUS
        shorter = min(width, height)
        focal = 1 / math.tan(FIELD_OF_VIEW / 2)
        projection = np.zeros((4, 4))
        projection[0, 0], projection[1, 1] = focal * shorter / width, focal * shorter / height
        projection[2, 2:] = (far + near) / (near - far), 2 * far * near / (near - far)
        projection[3, 2] = -1
        return cls(view, projection)

    def rays(self, size: tuple[int, int]) -> Rays:
        """One float64 ray through the centre of each pixel, from the near plane on."""
        width, height = size
        x = (np.arange(width) + 0.5) / width * 2 - 1
        y = 1 - (np.arange(height) + 0.5) / height * 2
        clip = np.stack(
            [*(axis.ravel() for axis in np.meshgrid(x, y)), np.full(width * height, -1.0)], axis=1
        )
        origins = self._unproject(clip)
        ends = self._unproject(clip * (1, 1, -1))
        directions = ends - origins
        lengths = np.linalg.norm(directions, axis=1, keepdims=True)
        footprint, spread = self._pixel_radius(size, float(lengths.mean()))
        return Rays(origins, directions / lengths, footprint, spread)

    def _pixel_radius(self, size: tuple[int, int], length: float) -> tuple[float, float]:
        """Half a pixel's height on the near plane, and by how much it grows per distance along a ray."""
        steps = np.array([[0, 0, -1], [0, 1 / size[1], -1], [0, 0, 1], [0, 1 / size[1], 1]], dtype=np.float64)
        points = self._unproject(steps)
        near = float(np.linalg.norm(points[1] - points[0]))
        far = float(np.linalg.norm(points[3] - points[2]))
        return near, (far - near) / length

    def _unproject(self, clip: np.ndarray) -> np.ndarray:
        homogeneous = np.concatenate([clip, np.ones((len(clip), 1))], axis=1)
        points = homogeneous @ np.linalg.inv(self.projection @ self.view).T
        return points[:, :3] / points[:, 3:]
