"""A bake shows, texel by texel, what the field says at the texel's place on the target."""

import numpy as np
import pytest
from neural_shapes.core.errors import Cancelled, NeuralShapesError
from neural_shapes.core.fields.analytic import Sphere
from neural_shapes.core.geometry.placement import Placement
from neural_shapes.core.mapping.attributes import Attribute
from neural_shapes.core.mapping.bake import BakeSettings, BakeTarget, NormalSpace, bake
from neural_shapes.core.mapping.neural_normals import Reach
from neural_shapes.core.mapping.transform import TargetTransform

REACH = Reach(0.2, 0.1)
PLACEMENT = Placement((0.0, 0.0, 1.0), 0.25)
TRANSFORM = TargetTransform.of_placement(PLACEMENT)
SPHERE = Sphere(0.5)  # in the target's units a sphere of radius 2 around (0, 0, 1)


def square(height: float = 2.9, uv_size: float = 1.0, mirrored: bool = False) -> BakeTarget:
    """A square of side 1 just under the sphere's north pole, its UVs along x and y."""
    plane = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    positions = np.column_stack([plane, np.full(4, height)])
    uvs = uv_size * (plane + 0.5) * [-1 if mirrored else 1, 1] + [1 if mirrored else 0, 0]
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    sign = -1 if mirrored else 1
    tangents = np.tile([sign, 0, 0, sign], (2, 3, 1))
    return BakeTarget(positions[faces], np.tile([0.0, 0, 1], (2, 3, 1)), uvs[faces], tangents)


def texel_places(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Target positions (size, size, 3) of the texel centres, and the sphere's normals there."""
    steps = (np.arange(size) + 0.5) / size - 0.5
    x, y = np.meshgrid(steps, steps)
    places = np.stack([x, y, np.full_like(x, 2.9)], axis=-1)
    outwards = places - [0, 0, 1]
    return places, outwards / np.linalg.norm(outwards, axis=-1, keepdims=True)


def settings(attribute: str = "normal", **more) -> BakeSettings:
    return BakeSettings(Attribute(attribute), 32, 32, **more)


def test_an_object_space_map_holds_the_spheres_normals():
    baked = bake(SPHERE, square(), TRANSFORM, settings(space=NormalSpace.OBJECT), REACH)
    np.testing.assert_allclose(baked.values, texel_places(32)[1], atol=1e-5)
    assert baked.covered.all()
    assert baked.masked_share == baked.overlapping_share == 0


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_tangent_space_map_is_along_the_uv_axes(mirrored):
    baked = bake(SPHERE, square(mirrored=mirrored), TRANSFORM, settings(), REACH)
    normals = texel_places(32)[1]
    expected = normals[:, ::-1] * [-1, 1, 1] if mirrored else normals
    np.testing.assert_allclose(baked.values, expected, atol=1e-5)


def test_a_displacement_map_holds_the_height_of_the_sphere_in_target_units():
    baked = bake(SPHERE, square(), TRANSFORM, settings("displacement"), REACH)
    places, _ = texel_places(32)
    heights = 1 + np.sqrt(4 - places[..., 0] ** 2 - places[..., 1] ** 2) - 2.9
    np.testing.assert_allclose(baked.values[..., 0], heights, atol=1e-4)


def test_curvature_is_per_target_unit_and_a_sphere_has_no_cavity_but_its_inside_has():
    curvature = bake(SPHERE, square(), TRANSFORM, settings("curvature"), Reach(0.2, 0.1, newton_steps=1))
    np.testing.assert_allclose(curvature.values, 0.5, atol=5e-3)
    assert not bake(SPHERE, square(), TRANSFORM, settings("cavity"), REACH).values.any()

    class Hollow:
        dimension = 3

        def value_and_gradient(self, points):
            values, gradients = SPHERE.value_and_gradient(points)
            return -values, -gradients

    cavity = bake(Hollow(), square(), TRANSFORM, settings("cavity"), Reach(0.2, 0.1, newton_steps=1))
    np.testing.assert_allclose(cavity.values, 0.5, atol=5e-3)


def test_supersampling_averages_within_a_texel():
    small = BakeSettings(Attribute.DISPLACEMENT, 4, 4, samples_per_side=8)
    baked = bake(SPHERE, square(), TRANSFORM, small, REACH)
    places, _ = texel_places(32)
    heights = 1 + np.sqrt(4 - places[..., 0] ** 2 - places[..., 1] ** 2) - 2.9
    np.testing.assert_allclose(baked.values[..., 0], heights.reshape(4, 8, 4, 8).mean(axis=(1, 3)), atol=1e-4)


def test_out_of_reach_the_map_is_flat_and_says_so():
    baked = bake(SPHERE, square(height=5.0), TRANSFORM, settings(), REACH)
    np.testing.assert_allclose(baked.values, np.tile([0, 0, 1], (32, 32, 1)), atol=1e-6)
    assert baked.masked_share == 1


def test_the_margin_surrounds_the_island_and_the_rest_is_not_covered():
    baked = bake(SPHERE, square(uv_size=0.5), TRANSFORM, settings(margin=4), REACH)
    expected = np.zeros((32, 32), dtype=bool)
    expected[:20, :20] = True
    np.testing.assert_array_equal(baked.covered, expected)
    np.testing.assert_allclose(np.linalg.norm(baked.values[:20, :20], axis=-1), 1, atol=1e-5)


def test_overlapping_uvs_are_baked_and_reported():
    one = square()
    two = BakeTarget(*(np.concatenate([a, a]) for a in (one.positions, one.normals, one.uvs, one.tangents)))
    baked = bake(SPHERE, two, TRANSFORM, settings(), REACH)
    assert baked.covered.all()
    assert baked.overlapping_share == pytest.approx(0.5, abs=0.02)


def test_uvs_outside_of_the_image_are_refused_in_a_sentence():
    away = square()
    away = BakeTarget(away.positions, away.normals, away.uvs + 3, away.tangents)
    with pytest.raises(NeuralShapesError, match="UV"):
        bake(SPHERE, away, TRANSFORM, settings(), REACH)


def test_a_target_that_is_inside_out_is_refused_in_a_sentence():
    inwards = square()
    inwards = BakeTarget(inwards.positions, -inwards.normals, inwards.uvs, inwards.tangents)
    with pytest.raises(NeuralShapesError, match="inwards"):
        bake(SPHERE, inwards, TRANSFORM, settings(), REACH)


def test_progress_is_told_and_may_stop_the_work():
    shares = []
    tall = BakeSettings(Attribute.NORMAL, 512, 1024)
    bake(SPHERE, square(), TRANSFORM, tall, REACH, shares.append)
    assert shares == sorted(shares)
    assert len(shares) > 2

    def stop(share: float) -> None:
        if share > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        bake(SPHERE, square(), TRANSFORM, tall, REACH, stop)
