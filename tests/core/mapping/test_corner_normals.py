"""Fitted corner normals come closer to the surface's normals than normals fetched at the vertices."""

import numpy as np
from neural_shapes.core.fields.analytic import Box, Sphere
from neural_shapes.core.mapping.corner_normals import CornerTarget, fit_corner_normals, triangle_samples
from neural_shapes.core.mapping.neural_normals import Reach, map_normals
from neural_shapes.core.mapping.transform import normalized


def degrees_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.degrees(np.arccos(np.clip(np.einsum("nx,nx->n", a, b), -1, 1)))


def sphere_patch(segments: int, rings: int) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and triangles of a unit-radius grid between two latitudes."""
    u, v = np.meshgrid(np.linspace(0, 2 * np.pi, segments, endpoint=False), np.linspace(0.6, 2.5, rings))
    vertices = np.stack([np.sin(v) * np.cos(u), np.sin(v) * np.sin(u), np.cos(v)], axis=-1).reshape(-1, 3)
    index = np.arange(segments * rings).reshape(rings, segments)
    a, b, c, d = index[:-1], np.roll(index[:-1], -1, 1), np.roll(index[1:], -1, 1), index[1:]
    halves = [np.stack(half, axis=-1).reshape(-1, 3) for half in ((a, d, c), (a, c, b))]
    return vertices, np.concatenate(halves)


def wavy_target() -> tuple[CornerTarget, np.ndarray]:
    vertices, triangles = sphere_patch(24, 10)
    positions = 0.5 * vertices[triangles].reshape(-1, 3)
    corners = np.arange(len(positions)).reshape(-1, 3)
    return CornerTarget(corners, positions, vertices[triangles].reshape(-1, 3), triangles.ravel()), triangles


class Wavy:
    """A sphere with ripples finer than the mesh: what a low-poly mesh cannot show."""

    dimension = 3

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values, gradients = Sphere(0.5).value_and_gradient(points)
        return values, gradients + 0.5 * np.sin(60 * points).astype(np.float32)


def test_the_fit_beats_normals_fetched_at_the_vertices():
    target, _ = wavy_target()
    field, reach = Wavy(), Reach(0.1, 0.1)
    fitted, masked = fit_corner_normals(target, lambda points: map_normals(field, points, reach))
    assert masked == 0
    fetched = map_normals(field, target.positions, reach).normals
    rng = np.random.default_rng(11)
    triangles = rng.integers(0, len(target.triangles), 20000)
    barycentric = rng.dirichlet([1, 1, 1], 20000)

    def interpolated(corners: np.ndarray) -> np.ndarray:
        return np.einsum("nk,nkx->nx", barycentric, corners[target.triangles[triangles]])

    truth = map_normals(field, interpolated(target.positions), reach).normals
    error_of_fit, error_of_fetched = (
        degrees_between(normalized(interpolated(normals)), truth).mean() for normals in (fitted, fetched)
    )
    assert error_of_fit < 0.9 * error_of_fetched


def test_normals_that_corners_can_show_are_found_exactly():
    target, _ = wavy_target()
    direction = np.array([0.6, 0.0, 0.8], dtype=np.float32)

    class Constant:
        def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return np.zeros(len(points), np.float32), np.tile(direction, (len(points), 1))

    fitted, _ = fit_corner_normals(target, lambda points: map_normals(Constant(), points, Reach(0.1, 0)))
    np.testing.assert_allclose(fitted, np.tile(direction, (len(fitted), 1)), atol=1e-5)


def test_separate_fans_keep_a_crease_and_a_shared_one_smooths_it():
    # Two squares that meet at a box's edge, at right angles.
    top = np.array([[0.0, -0.1, 0.3], [0.5, -0.1, 0.3], [0.5, 0.1, 0.3], [0.0, 0.1, 0.3]])
    side = np.array([[0.5, -0.1, 0.3], [0.5, -0.1, 0.0], [0.5, 0.1, 0.0], [0.5, 0.1, 0.3]])
    positions = np.concatenate([top, side])
    triangles = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]])
    own = normalized(np.ones((8, 3)))
    inset = np.array([1e-3, 0, 1e-3])  # just off the box, so that its edge belongs to neither side

    def box(points: np.ndarray):
        return map_normals(Box((0.5, 0.4, 0.3)), points - inset, Reach(0.05, 0))

    sharp, _ = fit_corner_normals(CornerTarget(triangles, positions, own, np.arange(8)), box)
    np.testing.assert_allclose(sharp[:4], np.tile([0, 0, 1], (4, 1)), atol=1e-3)
    np.testing.assert_allclose(sharp[4:], np.tile([1, 0, 0], (4, 1)), atol=1e-3)
    smooth, _ = fit_corner_normals(
        CornerTarget(triangles, positions, own, np.array([0, 1, 2, 3, 1, 4, 5, 2])), box
    )
    np.testing.assert_array_equal(smooth[[1, 2]], smooth[[4, 7]])


def test_corners_out_of_reach_keep_exactly_their_own_normals():
    target, _ = wavy_target()
    own = normalized(target.normals + 0.2 * np.random.default_rng(12).normal(size=target.normals.shape))
    target = CornerTarget(target.triangles, target.positions, own.astype(np.float32), target.fans)
    above = Sphere(0.5, (0.0, 0.0, 0.25))  # near the patch's upper rim only
    fitted, masked = fit_corner_normals(target, lambda points: map_normals(above, points, Reach(0.03, 0.02)))
    assert 0.3 < masked < 1
    far = target.positions[:, 2] < -0.2
    np.testing.assert_array_equal(fitted[far], target.normals[far])
    assert np.abs(fitted - target.normals).max() > 0.1


def test_samples_spread_evenly_over_the_triangle():
    samples = triangle_samples(64)
    np.testing.assert_allclose(samples.sum(axis=1), 1)
    assert samples.min() >= 0
    np.testing.assert_allclose(samples.mean(axis=0), 1 / 3, atol=0.02)
