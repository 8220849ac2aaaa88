"""Writes the uniform buffer that a picture's passes share (shaders/uniforms.glsl)."""

from dataclasses import dataclass

import gpu
import numpy as np

from .network_texture import PackedField
from .view_rays import ViewRays

# The tracing room's own figures, so that the preview and it agree: see core/tracing/sphere_tracing.py.
HIT_THRESHOLD = 1e-4
EVALUATIONS_PER_LEVEL = 512


@dataclass(frozen=True)
class Settings:
    """What a picture shows apart from the view: the time, how far to step, and what is cut away.

    ``cut`` is a half space in domain units: points p with dot(cut[:3], p) > cut[3] are not shown.
    """

    time: float = 0.0
    step_scale: float = 1.0
    cut: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


def tracing_uniforms(
    field: PackedField,
    rays: ViewRays,
    rectangle: tuple[float, float, float, float],
    size: tuple[int, int],
    settings: Settings,
) -> gpu.types.GPUUniformBuf:
    """The buffer for an image of ``size`` pixels over a rectangle of normalised device coordinates."""
    footprint, spread = rays.pixel_radius(rectangle[3] / size[1])
    lines: list[tuple[np.ndarray | tuple[float, ...], float]] = [
        (rays.origin, settings.time),
        (rays.origin_x, HIT_THRESHOLD),
        (rays.origin_y, settings.step_scale),
        (rays.direction, footprint),
        (rays.direction_x, spread),
        (rays.direction_y, rays.near),
        (rectangle[:3], rectangle[3]),
        (settings.cut[:3], settings.cut[3]),
    ]
    whole = np.array([*size, field.level_count, EVALUATIONS_PER_LEVEL], dtype=np.int32)
    view_normal = np.eye(4)
    view_normal[:3, :3] = rays.normal_to_view
    parts = [
        np.array([(*vector, last) for vector, last in lines], dtype=np.float32),
        whole,
        field.bands,
        field.networks,
        _columns(rays.domain_to_clip),
        _columns(view_normal),
    ]
    data = b"".join(part.tobytes() for part in parts)
    return gpu.types.GPUUniformBuf(gpu.types.Buffer("UBYTE", len(data), np.frombuffer(data, dtype=np.uint8)))


def _columns(matrix: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(matrix.T, dtype=np.float32)
