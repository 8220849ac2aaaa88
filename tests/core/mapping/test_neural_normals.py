"""Neural normals are the field's gradient within reach, and leave points beyond it alone."""

import numpy as np
import pytest
from neural_shapes.core.fields.analytic import Sphere, Torus
from neural_shapes.core.fields.nested import Level, NestedField
from neural_shapes.core.fields.siren import Siren
from neural_shapes.core.mapping.neural_normals import SMALLEST_BAND, Reach, blended_normals, map_normals


def test_normals_near_a_torus_are_those_of_its_closest_points():
    rng = np.random.default_rng(1)
    around, across = rng.uniform(0, 2 * np.pi, (2, 1000))
    circle = np.stack([np.cos(around), np.sin(around), 0 * around], 1)
    normals = np.cos(across)[:, None] * circle + np.sin(across)[:, None] * [0, 0, 1]
    points = 0.5 * circle + (0.2 + rng.uniform(-0.02, 0.02, 1000))[:, None] * normals
    for steps in (0, 2):
        mapped = map_normals(Torus(), points, Reach(0.05, 0.05, steps))
        np.testing.assert_allclose(mapped.normals, normals, atol=1e-5)
        assert mapped.masked_share == 0


def test_the_weight_falls_from_one_in_the_band_to_zero_at_the_limit():
    distances = np.array([-0.2, -0.1, 0.0, 0.1, 0.15, 0.2, 0.3])
    points = np.stack([0.5 + distances, 0 * distances, 0 * distances], 1)
    mapped = map_normals(Sphere(0.5), points, Reach(band=0.1001, margin=0.0998))
    np.testing.assert_allclose(mapped.weights, [0, 1, 1, 1, 0.5, 0, 0], atol=2e-3)
    assert mapped.masked_share == pytest.approx(3 / 7)


def test_without_a_margin_the_mask_is_sharp():
    points = np.array([[0.59, 0, 0], [0.61, 0, 0]])
    assert map_normals(Sphere(0.5), points, Reach(0.1, 0)).weights.tolist() == [1, 0]


def test_a_point_without_a_gradient_is_masked():
    assert map_normals(Sphere(0.5), np.zeros((1, 3)), Reach(1, 0)).weights == [0]


def test_the_mask_asks_for_the_distance_before_the_steps():
    points = np.array([[0.75, 0, 0]])
    assert map_normals(Sphere(0.5), points, Reach(0.1, 0, newton_steps=3)).masked_share == 1


@pytest.mark.parametrize(("thresholds", "band"), [((0.05, 0.002), 0.05), ((0.002,), SMALLEST_BAND)])
def test_the_reach_is_the_coarsest_neighborhood_or_what_is_asked_for(thresholds, band):
    weights = (np.zeros((4, 3), np.float32), np.zeros((1, 4), np.float32))
    network = Siren(weights, (np.zeros(4, np.float32), np.zeros(1, np.float32)), 30, 30)
    field = NestedField(tuple(Level(network, threshold) for threshold in thresholds))
    assert Reach.of_field(field).band == band
    assert Reach.of_field(field, newton_steps=2, distance=0.3) == Reach(0.3, 0.3, 2)


def test_blending_keeps_own_normals_at_weight_zero_and_where_the_two_cancel():
    own = np.array([[0, 0, 1], [0, 0, 1], [0, 0, 1], [0, 0, 1]], dtype=np.float32)
    mapped = np.array([[1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 0, -1]], dtype=np.float32)
    blend = blended_normals(own, mapped, np.array([0, 1, 0.5, 0.5]))
    half = np.sqrt(0.5)
    np.testing.assert_allclose(blend, [[0, 0, 1], [1, 0, 0], [half, 0, half], [0, 0, 1]], atol=1e-6)
