"""Conforming puts vertices onto the surface, as far as they may move."""

import numpy as np
import pytest
from neural_shapes.core.fields.analytic import Torus
from neural_shapes.core.geometry.placement import Placement
from neural_shapes.core.mapping.conform import conform
from neural_shapes.core.mapping.neural_normals import Reach
from neural_shapes.core.mapping.transform import TargetTransform

SCALED = np.diag([2.0, 1.0, -0.5, 1.0])
TRANSFORM = TargetTransform.of_placement(Placement((0.1, 0.0, 0.0), 0.5), SCALED)


def positions() -> np.ndarray:
    """Target points within 0.03 of the torus in the domain."""
    rng = np.random.default_rng(0)
    around, across = rng.uniform(0, 2 * np.pi, (2, 300))
    circle = np.stack([np.cos(around), np.sin(around), 0 * around], 1)
    normals = np.cos(across)[:, None] * circle + np.sin(across)[:, None] * [0, 0, 1]
    return TRANSFORM.points_to_target(0.5 * circle + (0.2 + rng.uniform(-0.03, 0.03, 300))[:, None] * normals)


def test_vertices_land_on_the_surface_whatever_the_targets_scale():
    moved, masked = conform(Torus(), positions(), np.ones(300), TRANSFORM, Reach(0.05, 0.05))
    assert np.abs(Torus().value(TRANSFORM.points_to_domain(moved))).max() < 1e-6
    assert masked == 0


def test_weights_say_how_far_and_zero_means_exactly_nowhere():
    weights = np.repeat([0.0, 0.5, 1.0], 100)
    start = positions().astype(np.float32)
    whole, _ = conform(Torus(), start, np.ones(300), TRANSFORM, Reach(0.05, 0.05))
    moved, _ = conform(Torus(), start, weights, TRANSFORM, Reach(0.05, 0.05))
    np.testing.assert_array_equal(moved[:100], start[:100])
    np.testing.assert_allclose(moved[100:200], (start + whole)[100:200] / 2, atol=1e-6)
    np.testing.assert_array_equal(moved[200:], whole[200:])


def test_vertices_from_which_the_surface_is_not_met_stay():
    class Undecided:
        """A valley that has no zero: Newton's steps cross it for ever."""

        dimension = 3

        def value_and_gradient(self, points):
            gradients = np.zeros_like(points)
            gradients[:, 0] = np.sign(points[:, 0])
            return np.abs(points[:, 0]) + np.float32(0.02), gradients

    start = np.random.default_rng(1).uniform(-0.02, 0.02, (50, 3)).astype(np.float32)
    place = TargetTransform(np.eye(3), np.zeros(3))
    moved, masked = conform(Undecided(), start, np.ones(50), place, Reach(0.05, 0.05))
    np.testing.assert_array_equal(moved, start)
    assert masked == 1


def test_vertices_out_of_reach_stay_and_are_counted():
    start = positions().astype(np.float32)
    start[:30] += 9
    moved, masked = conform(Torus(), start, np.ones(300), TRANSFORM, Reach(0.05, 0.05))
    np.testing.assert_array_equal(moved[:30], start[:30])
    assert masked == pytest.approx(0.1)
