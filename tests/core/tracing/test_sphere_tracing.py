"""One level: rays end on the surface that they meet first, at the cost that they may have."""

from dataclasses import dataclass

import numpy as np
import pytest
from neural_shapes.core.fields.analytic import Box, Sphere, Torus
from neural_shapes.core.tracing.camera import Camera
from neural_shapes.core.tracing.rays import Rays
from neural_shapes.core.tracing.sphere_tracing import HIT_THRESHOLD, Trace, TracedLevel, trace

SIZE = (96, 96)
CAMERA = Camera.orbit(25, 30, SIZE)
SPHERE = Sphere(0.6, (0.1, -0.2, 0.05))


@dataclass(frozen=True)
class Float64Sphere:
    """A sphere in the precision of its points, for exact rays."""

    radius: float = 0.6
    dimension: int = 3

    def value(self, points: np.ndarray) -> np.ndarray:
        assert points.dtype == np.float64
        return np.linalg.norm(points, axis=1) - self.radius


def _sphere_depth(rays: Rays, sphere: Sphere) -> np.ndarray:
    """Distance to the sphere by the quadratic formula, infinite where it is missed."""
    offset = rays.origins - sphere.centre
    b = np.einsum("ij,ij->i", offset, rays.directions)
    discriminant = b**2 - (offset**2).sum(axis=1) + sphere.radius**2
    return np.where(discriminant > 0, -b - np.sqrt(np.maximum(discriminant, 0)), np.inf)


def _trace_one(field, rays: Rays, iterations: int = 512, **settings: float) -> Trace:
    return trace([TracedLevel(field, 0.0, iterations)], rays, **settings)


def test_hits_of_a_sphere_are_those_of_the_quadratic_formula():
    rays = CAMERA.rays(SIZE)
    result, expected = _trace_one(SPHERE, rays), _sphere_depth(rays, SPHERE)
    # A ray that passes within the hit threshold may count as a hit.
    assert (result.hit & ~np.isfinite(expected)).sum() <= 10
    assert (np.isfinite(expected) & ~result.hit).sum() == 0
    both = result.hit & np.isfinite(expected)
    error = np.abs(result.depth[both] - expected[both])
    assert np.quantile(error, 0.99) < 1e-3
    assert np.abs(np.linalg.norm(result.positions[both] - SPHERE.centre, axis=1) - 0.6).max() < 1.1e-4


def test_float64_fields_are_traced_in_float64():
    rays = CAMERA.rays(SIZE)
    result = _trace_one(Float64Sphere(), rays, hit_threshold=1e-12)
    expected = _sphere_depth(rays, Sphere(0.6))
    both = result.hit & np.isfinite(expected)
    assert both.sum() > 1000
    assert np.quantile(np.abs(result.depth[both] - expected[both]), 0.99) < 1e-10


@pytest.mark.parametrize("field", [SPHERE, Torus(0.5, 0.2), Box()], ids=str)
def test_positions_are_the_first_points_on_the_surface(field):
    rays = CAMERA.rays(SIZE)
    result = _trace_one(field, rays)
    assert result.hit.any()
    assert np.abs(field.value(result.positions[result.hit])).max() <= 1.1 * HIT_THRESHOLD
    hits = np.flatnonzero(result.hit)
    for share in np.linspace(0, 0.99, 50):
        before = rays.points(hits, share * result.depth[hits])
        assert field.value(before).min() > 0
    assert np.isinf(result.depth[~result.hit]).all()
    assert np.isnan(result.positions[~result.hit]).all()


def test_a_steep_field_is_traced_with_a_step_scale():
    @dataclass(frozen=True)
    class Steep:
        dimension: int = 3

        def value(self, points: np.ndarray) -> np.ndarray:
            return 2.5 * SPHERE.value(points)

    rays = CAMERA.rays(SIZE)
    expected = np.isfinite(_sphere_depth(rays, SPHERE))
    result = _trace_one(Steep(), rays, step_scale=1 / 2.5)
    assert (expected & ~result.hit).sum() == 0
    assert (result.hit & ~expected).sum() <= 10


def test_thin_walls_are_not_stepped_across():
    wall = Box((0.8, 0.8, 0.002))
    rays = CAMERA.rays(SIZE)
    through = -rays.origins[:, 2] / rays.directions[:, 2]
    crossing = rays.points(np.arange(len(rays)), through)
    expected = (np.abs(crossing[:, :2]) < 0.79).all(axis=1)
    assert (expected & ~_trace_one(wall, rays).hit).sum() == 0


def test_a_ray_that_starts_inside_ends_where_it_starts():
    rays = Rays(np.zeros((1, 3)), np.array([[1.0, 0, 0]]), 0.001, 0.0)
    result = _trace_one(Sphere(0.5), rays)
    assert result.hit.all()
    assert result.depth[0] == 0
    assert result.evaluations_per_level == (1,)


def test_what_is_behind_the_camera_or_outside_the_domain_is_not_seen():
    origins = np.array([[0.8, 0, 0], [-2, 0, 0]], dtype=np.float64)
    rays = Rays(origins, np.array([[1.0, 0, 0], [-1.0, 0, 0]]), 0.001, 0.0)
    result = _trace_one(Sphere(0.5), rays)
    assert not result.hit.any()
    np.testing.assert_array_equal(result.level, [0, -1])
    outside = _trace_one(Sphere(0.2, (1.5, 0, 0)), CAMERA.rays(SIZE))
    assert not outside.hit.any()


def test_no_ray_evaluates_more_often_than_its_cap_and_most_end_early():
    rays = CAMERA.rays(SIZE)
    result = _trace_one(SPHERE, rays, iterations=20)
    assert result.evaluations.max() == 20
    assert result.evaluations[result.hit].mean() < 12
    assert result.evaluations_per_level == (int(result.evaluations.sum()),)


def test_rays_cut_off_by_the_cap_have_hit_when_they_are_within_half_a_pixel():
    rays = CAMERA.rays(SIZE)
    result = _trace_one(SPHERE, rays, iterations=6)
    cut_off = result.hit & (result.evaluations[:, 0] == 6)
    values = SPHERE.value(result.positions[cut_off])
    assert np.abs(values).max() > 2 * HIT_THRESHOLD
    assert (np.abs(values) <= 1.01 * rays.pixel_radius(result.depth[cut_off])).all()


def test_the_last_pixel_takes_few_evaluations():
    rays = CAMERA.rays(SIZE)
    result = _trace_one(SPHERE, rays, step_scale=0.5, hit_threshold=1e-6)
    # From a pixel's width (0.05) to 1e-6 in halving steps alone would take 15 and more.
    assert np.median(result.evaluations[result.hit]) < 14


@pytest.mark.parametrize("levels", [[], [TracedLevel(SPHERE, 0.0, 0)]])
def test_nothing_to_trace_is_refused(levels):
    with pytest.raises(ValueError, match="at least one"):
        trace(levels, CAMERA.rays(SIZE))
