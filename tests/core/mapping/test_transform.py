"""The map between a target and the domain keeps normals perpendicular to the surface under any scale."""

import numpy as np
import pytest
from neural_shapes.core.errors import NeuralShapesError
from neural_shapes.core.geometry.placement import Placement
from neural_shapes.core.mapping.transform import TargetTransform

PLACEMENT = Placement((1.0, -2.0, 0.5), 0.3)


def matrix(*scale: float) -> np.ndarray:
    """A rotation, a scale along the axes, and a translation."""
    rotation = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))[0]
    rotation *= np.sign(np.linalg.det(rotation))
    result = np.eye(4)
    result[:3, :3] = rotation * scale
    result[:3, 3] = (3.0, 1.0, -2.0)
    return result


@pytest.mark.parametrize("scale", [(1, 1, 1), (2, 0.5, 3), (-1, 1, 1), (-2, -0.1, -1)])
def test_normals_pull_back_to_the_surface_that_the_points_pull_back_to(scale):
    transform = TargetTransform.of_placement(PLACEMENT, matrix(*scale))
    rng = np.random.default_rng(3)
    normals = rng.normal(size=(100, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    sphere = 0.5 * normals  # points of a sphere in the domain
    target = transform.points_to_target(sphere)
    np.testing.assert_allclose(transform.points_to_domain(target), sphere, atol=1e-5)
    ahead = transform.points_to_target(sphere + 1e-4 * np.cross(normals, [1, 0, 0]))
    pulled = transform.normals_to_target(normals)
    assert np.abs(np.einsum("nx,nx->n", pulled, (ahead - target) / 1e-4)).max() < 2e-3 * np.abs(scale).max()
    outwards = transform.points_to_target(1.01 * sphere) - target
    assert np.einsum("nx,nx->n", pulled, outwards).min() > 0
    np.testing.assert_allclose(transform.normals_to_domain(pulled), normals, atol=1e-5)


def test_lengths_are_measured_in_target_units():
    transform = TargetTransform.of_placement(PLACEMENT, matrix(2, 2, -2))
    assert transform.length_scale == pytest.approx(0.6)


@pytest.mark.parametrize("scale", [(0, 1, 1), (np.nan, 1, 1)])
def test_a_target_without_extent_is_refused(scale):
    with pytest.raises(NeuralShapesError, match=r"scale|transform"):
        TargetTransform.of_placement(PLACEMENT, matrix(*scale))
