"""Rays go through the pixels that they are of, in whatever view; flattened objects are refused."""

from collections.abc import Iterator

import numpy as np
import pytest
from neural_shapes.viewport.errors import PreviewError
from neural_shapes.viewport.view_rays import ViewRays

# As Blender makes them for a view of what is 15 units away; the parallel one reaches as far behind as ahead.
PERSPECTIVE = np.array([[2.0, 0, 0, 0], [0, 2.5, 0, 0], [0, 0, -1.00002, -0.0200002], [0, 0, -1, 0]])
PARALLEL = np.array([[0.15, 0, 0, 0], [0, 0.19, 0, 0], [0, 0, -1 / 100, 0], [0, 0, 0, 1]])
# Of what a viewport's float32 quaternion leaves where a turntable's matrix has a zero; measured on Blender's.
NOISE = 1e-9


def turntable_views(count: int) -> Iterator[np.ndarray]:
    random = np.random.default_rng(0)
    for azimuth, elevation in random.uniform(0, 2 * np.pi, (count, 2)):
        cosine, sine = np.cos(azimuth), np.sin(azimuth)
        turn = np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]])
        cosine, sine = np.cos(elevation), np.sin(elevation)
        rise = np.array([[1, 0, 0], [0, sine, cosine], [0, -cosine, sine]])
        view = np.eye(4)
        view[:3, :3] = rise @ turn + NOISE * random.normal(size=(3, 3))
        view[2, 3] = -15
        yield view.astype(np.float32).astype(np.float64)


@pytest.mark.parametrize("projection", [PERSPECTIVE, PARALLEL], ids=["perspective", "parallel"])
def test_rays_of_turntable_views_go_through_their_pixels_from_plane_to_plane(projection):
    x, y = np.array([[-1, -1], [1, -1], [0.3, 0.8]]).T[..., None]
    for view in turntable_views(400):
        rays = ViewRays.of_matrices(projection, view)
        assert rays.direction_x.any() == (projection is PERSPECTIVE)
        origins = rays.origin + x * rays.origin_x + y * rays.origin_y
        directions = rays.direction + x * rays.direction_x + y * rays.direction_y
        for share, plane in ((rays.near, -1), (1.0, 1)):
            points = np.concatenate([origins + share * directions, np.ones((3, 1))], axis=1)
            clip = points @ (projection @ view).T
            expected = np.concatenate([x, y, np.full((3, 1), plane)], axis=1)
            np.testing.assert_allclose(clip[:, :3] / clip[:, 3:], expected, atol=1e-6)


def test_an_object_that_a_float32_transform_flattens_is_refused():
    """Its matrix has no column of zeros, and many such have an inverse, of noise."""
    random = np.random.default_rng(0)
    flat_parent = np.diag([1, 1, 0]).astype(np.float32)
    for view in turntable_views(200):
        rotation = np.linalg.qr(random.normal(size=(3, 3)))[0].astype(np.float32)
        flat = np.eye(4)
        flat[:3, :3] = rotation.T @ flat_parent @ rotation
        with pytest.raises(PreviewError, match="scale zero"):
            ViewRays.of_matrices(PERSPECTIVE, view @ flat)


def test_a_thin_object_is_not():
    view = next(turntable_views(1))
    rays = ViewRays.of_matrices(PERSPECTIVE, view @ np.diag([1, 1, 1e-4, 1]))
    np.testing.assert_allclose(rays.normal_to_view, view[:3, :3] @ np.diag([1, 1, 1e4]), atol=1e-3)


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_transform_that_is_not_finite_is_refused(number):
    broken = np.eye(4)
    broken[0, 3] = number
    with pytest.raises(PreviewError, match="finite"):
        ViewRays.of_matrices(PERSPECTIVE, broken)
