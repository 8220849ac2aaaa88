"""Newton projection lands on the surface and keeps its bounds."""

import numpy as np
from neural_shapes.core.fields.analytic import Sphere, Torus
from neural_shapes.core.mapping.projection import project_to_surface


def points_near(count: int = 500) -> np.ndarray:
    return np.random.default_rng(0).uniform(-0.8, 0.8, (count, 3)).astype(np.float32)


def test_one_step_of_an_exact_distance_reaches_the_closest_point():
    points = points_near()
    end = project_to_surface(Sphere(0.5), points, steps=1, step_bound=2, travel_bound=2)
    closest = 0.5 * points / np.linalg.norm(points, axis=1, keepdims=True)
    np.testing.assert_allclose(end.points, closest, atol=1e-5)
    np.testing.assert_allclose(end.first_values, np.linalg.norm(points, axis=1) - 0.5, atol=1e-6)


def test_without_steps_points_stay():
    points = points_near()
    end = project_to_surface(Torus(), points, steps=0, step_bound=1, travel_bound=1)
    np.testing.assert_array_equal(end.points, points)
    np.testing.assert_array_equal(end.values, end.first_values)


def test_no_step_is_longer_than_its_bound_and_no_way_longer_than_its_own():
    points = points_near()
    one = project_to_surface(Sphere(0.5), points, steps=1, step_bound=0.01, travel_bound=1)
    assert np.linalg.norm(one.points - points, axis=1).max() <= 0.01 + 1e-6
    many = project_to_surface(Sphere(0.5), points, steps=20, step_bound=0.01, travel_bound=0.035)
    travelled = np.linalg.norm(many.points - points, axis=1)
    assert travelled.max() <= 0.035 + 1e-6
    assert travelled.max() > 0.034


def test_a_field_that_is_no_distance_is_met_by_several_steps():
    class Cubed:
        dimension = 3

        def value_and_gradient(self, points):
            values, gradients = Sphere(0.5).value_and_gradient(points)
            return values + values**3, (1 + 3 * values**2)[:, None] * gradients

    points = points_near()
    end = project_to_surface(Cubed(), points, steps=4, step_bound=1, travel_bound=2)
    assert np.abs(end.values).max() < 1e-5
