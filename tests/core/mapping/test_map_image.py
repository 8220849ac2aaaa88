"""Colours say what the values were, and what is not covered is flat."""

import numpy as np
import pytest
from neural_shapes.core.mapping.attributes import Attribute
from neural_shapes.core.mapping.bake import BakedMap, NormalSpace
from neural_shapes.core.mapping.map_image import MIDLEVEL, map_image


def baked(values: np.ndarray) -> BakedMap:
    """A map of two rows, of which the second is not covered."""
    rows = np.stack([values, np.full_like(values, 7.0)])
    covered = np.zeros(rows.shape[:2], dtype=bool)
    covered[0] = True
    return BakedMap(rows.astype(np.float32), covered, 0.0, 0.0)


@pytest.mark.parametrize(("space", "flat"), [("tangent", (0.5, 0.5, 1.0)), ("object", (0.5, 0.5, 0.5))])
def test_normals_are_colours_around_the_middle(space, flat):
    normals = np.array([[0, 0, 1], [-1, 0, 0], [0, 0.6, -0.8]])
    image = map_image(baked(normals), Attribute.NORMAL, NormalSpace(space))
    np.testing.assert_allclose(image.colours[0], [[0.5, 0.5, 1], [0, 0.5, 0.5], [0.5, 0.8, 0.1]], atol=1e-6)
    np.testing.assert_allclose(image.colours[1], [flat] * 3)


def test_displacements_come_back_by_the_renderers_formula():
    heights = np.array([[-0.02], [0.0], [0.05]])
    image = map_image(baked(heights), Attribute.DISPLACEMENT, NormalSpace.TANGENT)
    np.testing.assert_allclose((image.colours[0] - MIDLEVEL) * image.full_scale, heights, atol=1e-6)
    np.testing.assert_allclose(image.colours[1], MIDLEVEL)


def test_curvature_is_grey_where_flat_and_cavity_white():
    values = np.linspace(-3, 3, 101)[:, None]
    curvature = map_image(baked(values), Attribute.CURVATURE, NormalSpace.TANGENT)
    assert curvature.colours[0, 50] == 0.5
    assert np.all(np.diff(curvature.colours[0, :, 0]) >= 0)
    read_back = (2 * curvature.colours[0, 30] - 1) * curvature.full_scale
    np.testing.assert_allclose(read_back, values[30], atol=1e-5)
    cavity = map_image(baked(np.abs(values)), Attribute.CAVITY, NormalSpace.TANGENT)
    assert cavity.colours[0, 50] == 1
    assert cavity.colours[0].min() == 0
    np.testing.assert_allclose((1 - cavity.colours[0, 60]) * cavity.full_scale, values[60], atol=1e-5)


@pytest.mark.parametrize("attribute", ["displacement", "curvature", "cavity"])
def test_a_map_that_is_flat_all_over_has_finite_colours(attribute):
    image = map_image(baked(np.zeros((4, 1))), Attribute(attribute), NormalSpace.TANGENT)
    assert np.isfinite(image.colours).all()
    assert np.unique(image.colours).size == 1
