"""Pictures of neural shapes: multiscale against fine alone, neural normals, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from neural_shapes.core.errors import NeuralShapesError
from neural_shapes.core.tracing.camera import Camera
from neural_shapes.core.tracing.render import render, step_scale

SIZE = (128, 128)
CAMERA = Camera.orbit(20, 35, SIZE)


@pytest.fixture(scope="module")
def fine(neural_shape):
    return render(neural_shape, CAMERA, SIZE, levels=[1])


@pytest.fixture(scope="module")
def multiscale(neural_shape):
    return render(neural_shape, CAMERA, SIZE)


@pytest.fixture(scope="module")
def coarse(neural_shape):
    return render(neural_shape, CAMERA, SIZE, levels=[0])


def _error(picture, reference) -> float:
    return float(((picture.image - reference.image) ** 2).mean())


def test_multiscale_shows_what_the_fine_level_alone_shows(fine, multiscale, coarse):
    assert _error(multiscale, fine) <= 1e-4
    assert _error(multiscale, fine) <= 0.1 * _error(coarse, fine)
    assert (fine.trace.hit & ~multiscale.trace.hit).sum() <= 10


def test_multiscale_needs_at_most_half_of_the_fine_evaluations(fine, multiscale):
    assert multiscale.evaluations[1] <= 0.5 * fine.evaluations[0]
    assert multiscale.evaluations == multiscale.trace.evaluations_per_level


def test_default_caps_cut_no_ray_off(fine, multiscale):
    assert fine.trace.evaluations.max() < 512
    assert multiscale.trace.evaluations.max() < 512


def test_normals_are_the_last_level_s_gradients(neural_shape, multiscale):
    hit = multiscale.trace.hit
    gradients = neural_shape.field.value_and_gradient(multiscale.trace.positions[hit])[1]
    cosines = np.einsum("ij,ij->i", gradients, multiscale.normals[hit]) / np.linalg.norm(gradients, axis=1)
    np.testing.assert_allclose(cosines, 1, atol=1e-5)
    assert np.isnan(multiscale.normals[~hit]).all()


def test_a_last_cap_of_zero_maps_fine_normals_onto_the_coarse_surface(neural_shape, coarse, fine):
    mapped = render(neural_shape, CAMERA, SIZE, iterations=[512, 0])
    np.testing.assert_array_equal(mapped.trace.positions, coarse.trace.positions)
    assert mapped.evaluations == (coarse.evaluations[0], 0)
    hit = mapped.trace.hit
    gradients = neural_shape.field.level(1).value_and_gradient(mapped.trace.positions[hit])[1]
    np.testing.assert_allclose(
        mapped.normals[hit], gradients / np.linalg.norm(gradients, axis=1, keepdims=True), atol=1e-5
    )


def test_the_picture_is_lit_from_the_upper_left_before_a_plain_backdrop(fine):
    assert fine.image.shape == (128, 128, 3)
    assert fine.image.min() >= 0
    assert fine.image.max() <= 1
    rotation = CAMERA.view[:3, :3]
    facing = fine.normals[fine.trace.hit] @ rotation.T @ np.array([-0.7, 0.65, 0.3])
    brightness = fine.image.reshape(-1, 3)[fine.trace.hit].mean(axis=1)
    assert brightness[facing > 0.8].mean() > brightness[facing < 0].mean() + 0.2
    background = np.where(fine.trace.hit.reshape(128, 128, 1), np.nan, fine.image)
    assert np.nanmax(np.nanstd(background, axis=1)) < 1e-6


def test_wide_and_single_pixel_pictures_have_their_size(neural_shape):
    for width, height in ((48, 20), (1, 1)):
        picture = render(neural_shape, CAMERA, (width, height))
        assert picture.image.shape == (height, width, 3)


def test_the_step_scale_falls_with_the_lipschitz_constant(neural_shape):
    assert step_scale(neural_shape) == pytest.approx(2 / (1 + neural_shape.measures["lipschitz"]))


@pytest.mark.parametrize(
    "damaged", [{}, {"lipschitz": "steep"}, {"lipschitz": np.nan}, {"lipschitz": np.inf}]
)
def test_without_a_sound_lipschitz_constant_steps_are_not_scaled(damaged, neural_shape):
    assert step_scale(replace(neural_shape, measures=damaged)) == 1.0


@pytest.mark.parametrize(
    ("levels", "iterations", "message"),
    [
        ([], None, "levels 0 to 1"),
        ([2], None, "levels 0 to 1; 2 was asked for"),
        ([-1], None, "levels 0 to 1"),
        ([1, 0], None, "from coarse to fine"),
        ([0, 0], None, "from coarse to fine"),
        ([0, 1], [60], "one cap for each of the 2"),
        ([0], [60, 60], "one cap for each of the 1"),
        ([0, 1], [0, 0], "not all of them 0"),
        ([0, 1], [60, -1], "cannot be negative"),
    ],
)
def test_lists_that_do_not_fit_are_refused_in_one_sentence(levels, iterations, message, neural_shape):
    with pytest.raises(NeuralShapesError, match=message):
        render(neural_shape, CAMERA, SIZE, levels, iterations)
