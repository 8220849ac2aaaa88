"""Displacements along a line end on the surface."""

import numpy as np
from neural_shapes.core.fields.analytic import Sphere
from neural_shapes.core.mapping.displacement import displacement_along


def test_displacements_along_tilted_normals_meet_the_sphere():
    rng = np.random.default_rng(9)
    normals = rng.normal(size=(500, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    points = (0.5 + rng.uniform(-0.03, 0.03, 500))[:, None] * normals
    tilted = normals + rng.uniform(-0.4, 0.4, (500, 3))
    ways, met = displacement_along(Sphere(0.5), points, tilted, limit=0.1)
    assert met.all()
    ends = points + ways[:, None] * tilted
    np.testing.assert_allclose(np.linalg.norm(ends, axis=1), 0.5, atol=1e-5)


def test_the_unit_is_the_directions_length_and_outwards_is_positive():
    points = np.array([[0.45, 0, 0], [0.55, 0, 0]])
    ways, _ = displacement_along(Sphere(0.5), points, np.array([[2.0, 0, 0], [2.0, 0, 0]]), limit=0.1)
    np.testing.assert_allclose(ways, [0.025, -0.025], atol=1e-6)


def test_a_surface_out_of_reach_or_missed_by_the_line_gives_zero():
    points = np.array([[0.8, 0, 0], [0.52, 0, 0]])
    directions = np.array([[1.0, 0, 0], [0, 0, 1.0]])
    ways, met = displacement_along(Sphere(0.5), points, directions, limit=0.1)
    assert not met.any()
    assert not ways.any()
