"""Rays are clipped to the cube that fields are trained on."""

import numpy as np
from neural_shapes.core.tracing.rays import Rays


def _rays(origins: object, directions: object) -> Rays:
    directions = np.array(directions, dtype=np.float64)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return Rays(np.array(origins, dtype=np.float64), directions, 0.01, 0.0)


def test_clipping_agrees_with_points_along_the_rays():
    generator = np.random.default_rng(0)
    rays = _rays(generator.uniform(-2, 2, (500, 3)), generator.normal(size=(500, 3)))
    near, far = rays.clip_to_box(1.0)
    distances = np.linspace(0, 8, 4001)
    points = rays.origins[:, None] + distances[:, None] * rays.directions[:, None]
    inside = (np.abs(points) <= 1).all(axis=2)
    for ray in range(len(rays)):
        found = distances[inside[ray]]
        if near[ray] >= far[ray]:
            assert len(found) == 0
        elif far[ray] - near[ray] > 0.004:
            np.testing.assert_allclose([found[0], found[-1]], [near[ray], far[ray]], atol=0.0021)


def test_rays_along_an_axis_are_clipped_and_those_within_a_face_miss():
    rays = _rays(
        [(-3, 0, 0), (-3, 1, 0), (-3, -1, 0), (-3, 1.001, 0), (0, 0, 0), (3, 0, 0)],
        [(1, 0, 0), (1, 0, 0), (1, 0, 0), (1, 0, 0), (0, 0, 1), (1, 0, 0)],
    )
    near, far = rays.clip_to_box(1.0)
    np.testing.assert_array_equal(near < far, [True, False, False, False, True, False])
    np.testing.assert_allclose(near[[0, 4]], [2, 0])
    np.testing.assert_allclose(far[[0, 4]], [4, 1])
