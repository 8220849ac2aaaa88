"""Curvatures agree with those of surfaces whose curvature is known."""

import numpy as np
from neural_shapes.core.fields.analytic import Sphere, Torus
from neural_shapes.core.mapping.curvature import principal_curvatures, tangent_frame


def test_a_sphere_bends_by_one_over_its_radius_everywhere():
    normals = np.random.default_rng(6).normal(size=(500, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    points = (0.4 * normals).astype(np.float32)
    curvatures = principal_curvatures(Sphere(0.4), points, normals)
    np.testing.assert_allclose(curvatures.smallest, 2.5, rtol=1e-3)
    np.testing.assert_allclose(curvatures.largest, 2.5, rtol=1e-3)


def test_a_torus_bends_by_its_formula_convex_outside_and_saddle_inside():
    around, across = np.random.default_rng(7).uniform(0, 2 * np.pi, (2, 500))
    circle = np.stack([np.cos(around), np.sin(around), 0 * around], 1)
    normals = np.cos(across)[:, None] * circle + np.sin(across)[:, None] * [0, 0, 1]
    points = (0.5 * circle + 0.2 * normals).astype(np.float32)
    curvatures = principal_curvatures(Torus(0.5, 0.2), points, normals)
    np.testing.assert_allclose(curvatures.largest, 1 / 0.2, rtol=1e-2)
    along = np.cos(across) / (0.5 + 0.2 * np.cos(across))
    np.testing.assert_allclose(curvatures.smallest, along, atol=2e-2)


def test_a_field_three_times_as_steep_has_the_same_curvature():
    class Steep:
        dimension = 3

        def value_and_gradient(self, points):
            values, gradients = Sphere(0.4).value_and_gradient(points)
            return 3 * values, 3 * gradients

    points = np.array([[0.4, 0, 0], [0, 0.4, 0]], dtype=np.float32)
    curvatures = principal_curvatures(Steep(), points, Steep().value_and_gradient(points)[1])
    np.testing.assert_allclose(curvatures.mean, 2.5, rtol=1e-3)


def test_tangent_frames_are_orthonormal_in_every_direction():
    normals = np.random.default_rng(8).normal(size=(500, 3))
    normals = np.concatenate([normals, np.eye(3), -np.eye(3)])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    first, second = tangent_frame(normals)
    frames = np.stack([normals, first, second], axis=1)
    products = frames @ frames.transpose(0, 2, 1)
    np.testing.assert_allclose(products, np.tile(np.eye(3), (len(normals), 1, 1)), atol=1e-12)
