"""The analytic solids are exact signed distances: they agree with the nearest of dense surface points."""

import math

import numpy as np
import pytest
from neural_shapes.core.fields.analytic import Box, Sphere, Torus

SPHERE = Sphere(0.6, (0.1, -0.2, 0.05))
TORUS = Torus(0.5, 0.2)
BOX = Box((0.5, 0.4, 0.3))


def _sphere_points() -> np.ndarray:
    directions = np.random.default_rng(0).normal(size=(50_000, 3))
    return 0.6 * directions / np.linalg.norm(directions, axis=1, keepdims=True) + (0.1, -0.2, 0.05)


def _torus_points() -> np.ndarray:
    around, across = np.random.default_rng(0).uniform(0, 2 * math.pi, (2, 100_000))
    radius = 0.5 + 0.2 * np.cos(across)
    return np.stack([radius * np.cos(around), radius * np.sin(around), 0.2 * np.sin(across)], axis=1)


def _box_points() -> np.ndarray:
    generator = np.random.default_rng(0)
    points = generator.uniform(-1, 1, (100_000, 3))
    axis = generator.integers(3, size=len(points))
    points[np.arange(len(points)), axis] = np.sign(points[np.arange(len(points)), axis])
    return points * BOX.half_size


def _inside_box(points: np.ndarray) -> np.ndarray:
    return (np.abs(points) < BOX.half_size).all(axis=1)


def _inside_torus(points: np.ndarray) -> np.ndarray:
    return (np.linalg.norm(points[:, :2], axis=1) - 0.5) ** 2 + points[:, 2] ** 2 < 0.04


def _inside_sphere(points: np.ndarray) -> np.ndarray:
    return ((points - SPHERE.centre) ** 2).sum(axis=1) < 0.36


SOLIDS = [
    (SPHERE, _sphere_points, _inside_sphere),
    (TORUS, _torus_points, _inside_torus),
    (BOX, _box_points, _inside_box),
]


@pytest.mark.parametrize(("solid", "surface", "inside"), SOLIDS)
def test_value_is_the_signed_distance(solid, surface, inside):
    points = np.random.default_rng(1).uniform(-1, 1, (100, 3))
    cloud = surface()
    nearest = np.array([np.linalg.norm(cloud - point, axis=1).min() for point in points])
    expected = np.where(inside(points), -nearest, nearest)
    np.testing.assert_allclose(solid.value(points), expected, atol=0.015)


@pytest.mark.parametrize(("solid", "surface", "inside"), SOLIDS)
def test_value_vanishes_on_the_surface(solid, surface, inside):
    np.testing.assert_allclose(solid.value(surface()), 0, atol=1e-6)


@pytest.mark.parametrize("solid", [SPHERE, TORUS, BOX])
def test_gradient_is_the_derivative_and_of_length_one(solid):
    points = np.random.default_rng(2).uniform(-1, 1, (2000, 3)).astype(np.float32)
    values, gradients = solid.value_and_gradient(points)
    step = np.float32(1e-3)
    differences = [
        (solid.value(points + step * axis) - solid.value(points - step * axis)) / (2 * step)
        for axis in np.eye(3, dtype=np.float32)
    ]
    error = np.abs(np.stack(differences, axis=1) - gradients).max(axis=1)
    # Distances have creases (a box's diagonals, the axes), where differences mean nothing.
    assert np.quantile(error, 0.98) < 2e-3
    np.testing.assert_allclose(np.linalg.norm(gradients, axis=1), 1, atol=1e-5)
    assert values.dtype == gradients.dtype == np.float32
