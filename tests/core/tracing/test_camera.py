"""Cameras stand where they say, frame the whole domain, and give one ray per pixel with its footprint."""

import numpy as np
import pytest
from neural_shapes.core.geometry.placement import DOMAIN_EXTENT
from neural_shapes.core.tracing.camera import Camera


def _position(camera: Camera) -> np.ndarray:
    return np.linalg.inv(camera.view)[:3, 3]


def _project(camera: Camera, points: np.ndarray) -> np.ndarray:
    """Points (N, 3) in normalised device coordinates."""
    clip = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ (camera.projection @ camera.view).T
    return clip[:, :3] / clip[:, 3:]


@pytest.mark.parametrize(
    ("up", "azimuth", "elevation", "direction"),
    [
        ("y", 0, 0, (0, 0, 1)),
        ("y", 90, 0, (1, 0, 0)),
        ("y", 0, 90, (0, 1, 0)),
        ("y", 180, 0, (0, 0, -1)),
        ("z", 0, 0, (0, -1, 0)),
        ("z", 90, 0, (1, 0, 0)),
        ("z", 0, 90, (0, 0, 1)),
    ],
)
def test_the_orbit_starts_in_front_and_turns_to_the_right(up, azimuth, elevation, direction):
    position = _position(Camera.orbit(azimuth, elevation, (64, 64), up))
    np.testing.assert_allclose(position / np.linalg.norm(position), direction, atol=1e-12)


@pytest.mark.parametrize(("up", "axis"), [("y", 1), ("z", 2)])
def test_up_is_up_in_the_picture(up, axis):
    top = _project(Camera.orbit(30, 20, (64, 64), up), 0.5 * np.eye(3)[[axis]])[0]
    assert abs(top[0]) < 1e-12
    assert top[1] > 0.2


@pytest.mark.parametrize("size", [(64, 64), (96, 48), (40, 80)])
@pytest.mark.parametrize("azimuth", [0, 30, 45, 200])
def test_an_upright_placed_shape_is_framed_from_every_side(size, azimuth):
    camera = Camera.orbit(azimuth, 0, size)
    height = np.linspace(-DOMAIN_EXTENT, DOMAIN_EXTENT, 20)
    sides = np.array([(x, y, z) for x in (-1, 1) for z in (-1, 1) for y in height])
    inscribed = sides * (DOMAIN_EXTENT / np.sqrt(2), 1, DOMAIN_EXTENT / np.sqrt(2))
    assert np.abs(_project(camera, inscribed)).max() < 1


@pytest.mark.parametrize("size", [(31, 17), (16, 24)])
def test_rays_go_through_the_centres_of_their_pixels_row_by_row_from_the_top(size):
    camera = Camera.orbit(30, 20, size)
    rays = camera.rays(size)
    pixels = _project(camera, rays.origins + 4.0 * rays.directions)[:, :2].reshape(size[1], size[0], 2)
    columns = (pixels[..., 0] + 1) / 2 * size[0]
    rows = (1 - pixels[..., 1]) / 2 * size[1]
    np.testing.assert_allclose(columns, np.broadcast_to(np.arange(size[0]) + 0.5, columns.shape), atol=1e-9)
    np.testing.assert_allclose(rows.T, np.broadcast_to(np.arange(size[1]) + 0.5, rows.T.shape), atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(rays.directions, axis=1), 1)


def _half_gap(rays, width: int, distance: float) -> float:
    """Half the distance of two rays in the middle of the picture, one above the other."""
    middle = len(rays) // 2 + width // 2
    points = rays.points(np.array([middle, middle + width]), np.array([distance, distance]))
    return float(np.linalg.norm(points[1] - points[0])) / 2


def test_the_pixel_radius_is_half_the_gap_between_neighbouring_rays():
    size = (64, 64)
    rays = Camera.orbit(30, 20, size).rays(size)
    for distance in (0.5, 2.0, 5.0):
        radius = rays.pixel_radius(np.array([distance]))[0]
        assert radius == pytest.approx(_half_gap(rays, size[0], distance), rel=0.02)


def test_a_parallel_camera_has_parallel_rays_and_one_pixel_radius():
    size = (40, 20)
    view = Camera.orbit(30, 20, size).view
    near, far = 1.0, 9.0
    projection = np.diag([1 / 2, 1.0, -2 / (far - near), 1.0])
    projection[2, 3] = -(far + near) / (far - near)
    rays = Camera(view, projection).rays(size)
    np.testing.assert_allclose(rays.directions, np.broadcast_to(-view[2, :3], (800, 3)), atol=1e-12)
    np.testing.assert_allclose(rays.pixel_radius(np.array([0.0, 3.0, 7.0])), 1 / 20, atol=1e-12)


def test_a_view_matrix_with_scale_gives_domain_units():
    size = (32, 32)
    camera = Camera.orbit(30, 20, size)
    scaled = Camera(camera.view @ np.diag([3.0, 3.0, 3.0, 1.0]), camera.projection).rays(size)
    rays = camera.rays(size)
    np.testing.assert_allclose(scaled.origins, rays.origins / 3, atol=1e-12)
    np.testing.assert_allclose(scaled.directions, rays.directions, atol=1e-12)
    assert scaled.footprint == pytest.approx(rays.footprint / 3)
    assert scaled.spread == pytest.approx(rays.spread)
