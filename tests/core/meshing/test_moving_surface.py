"""The surface of a morph at a time, against spheres that move and grow by known laws."""

import math

import numpy as np
import pytest
from neural_shapes.core.fields.flow import DivergenceFreeFlow
from neural_shapes.core.fields.nested import Level, NestedField
from neural_shapes.core.fields.siren import Siren
from neural_shapes.core.fields.space_time import BlendedSegment, SpaceTimeField, TrainedSegment
from neural_shapes.core.geometry.placement import Placement
from neural_shapes.core.meshing.moving_surface import extract_moment, surface_velocity
from neural_shapes.core.neural_shape import Key, NeuralShape

# A cosine of this wave number is a parabola up to (0.2)^4 / 24, within the unit domain.
WAVE_NUMBER = 0.2
TRAVEL = np.array([0.3, -0.2, 0.1])
PLACEMENT = Placement((10.0, 0.0, 0.0), 0.5)


def _sphere(radius: float, travel: np.ndarray | None = None) -> NestedField:
    """(|p - travel t|^2 - r^2) / 2r as a sum of cosines; over space alone where nothing travels."""
    scale = 1 / (WAVE_NUMBER**2 * radius)
    first = np.eye(3) * WAVE_NUMBER
    if travel is not None:
        first = np.concatenate([first, -WAVE_NUMBER * travel[:, None]], axis=1)
    network = Siren(
        (first.astype(np.float32), np.full((1, 3), -scale, np.float32)),
        (
            np.full(3, math.pi / 2, np.float32),
            np.array([scale * (3 - WAVE_NUMBER**2 * radius**2 / 2)], np.float32),
        ),
        first_omega=1.0,
        hidden_omega=1.0,
    )
    return NestedField((Level(network, 0.01),))


def _travelling() -> NeuralShape:
    return NeuralShape(_sphere(0.5, TRAVEL), PLACEMENT)


def _growing(shrinkages: tuple[float, float] = (1.0, 1.0)) -> NeuralShape:
    """From radius 0.3 to 0.6 in the domain; what is shown of it depends on the keys' shrinkage."""
    segment = BlendedSegment(_sphere(0.3), _sphere(0.6), (0.01,))
    keys = tuple(
        Key("Ball", "", PLACEMENT, 1.0, shrinkage, (0.1 * index, 0.0, 0.0))
        for index, shrinkage in enumerate(shrinkages)
    )
    return NeuralShape(SpaceTimeField((segment,), (0.0, 1.0)), PLACEMENT, keys=keys)


def test_the_surface_is_where_the_shape_is_at_that_time_in_object_space():
    moment = extract_moment(_travelling(), 0.5, 32, normals=True)
    centre = PLACEMENT.to_object(TRAVEL[None] / 2)[0]
    offsets = moment.mesh.vertices - centre
    np.testing.assert_allclose(np.linalg.norm(offsets, axis=1), 1.0, atol=0.01)
    np.testing.assert_allclose(moment.normals, offsets, atol=0.02)
    assert moment.velocity is None


def test_times_outside_are_those_of_the_ends():
    for outside, end in ((-0.5, 0.0), (1.5, 1.0)):
        vertices = extract_moment(_travelling(), outside, 16, velocity=True).mesh.vertices
        np.testing.assert_array_equal(vertices, extract_moment(_travelling(), end, 16).mesh.vertices)


def test_a_travelling_sphere_moves_along_its_normals_at_their_share_of_its_speed():
    moment = extract_moment(_travelling(), 0.5, 32, normals=True, velocity=True)
    speeds = moment.normals @ (TRAVEL / PLACEMENT.scale)
    np.testing.assert_allclose(moment.velocity, speeds[:, None] * moment.normals, atol=0.01)


@pytest.mark.parametrize("shrinkages", [(1.0, 1.0), (1.0, 0.5)])
@pytest.mark.parametrize("time", [0.0, 0.4, 1.0])
def test_the_velocity_is_that_of_the_surface_as_it_is_shown(time: float, shrinkages: tuple[float, float]):
    shape, step = _growing(shrinkages), 0.01
    start, end = max(time - step, 0.0), min(time + step, 1.0)
    moment = extract_moment(shape, time, 24, true_volume=True, normals=True, velocity=True)
    centres, radii = zip(*(_shown_sphere(shape, at) for at in (start, end)), strict=True)
    moved, grown = (centres[1] - centres[0]) / (end - start), (radii[1] - radii[0]) / (end - start)
    along_normals = np.einsum("nx,nx->n", moment.velocity, moment.normals)
    np.testing.assert_allclose(along_normals, moment.normals @ moved + grown, atol=0.04 * abs(grown))


def _shown_sphere(shape: NeuralShape, time: float) -> tuple[np.ndarray, float]:
    """Centre and radius in object space of the blend's zero set, in closed form, where it is placed."""
    radius = math.sqrt(((1 - time) * 0.3 + time * 0.6) / ((1 - time) / 0.3 + time / 0.6))
    placement = shape.placement_at_time(time, true_volume=True)
    return placement.to_object(np.zeros((1, 3)))[0], radius / placement.scale


def test_where_there_is_a_flow_the_surface_moves_with_it_tangents_included():
    # One wave of endless length flows everywhere alike: V = w x c.
    wave = np.array([[1e-3, 0, 0]], np.float32)
    flow = DivergenceFreeFlow(wave, np.zeros(1, np.float32), np.array([[[0, 0, 200.0]]], np.float32))
    segment = TrainedSegment(_sphere(0.5, TRAVEL), flow)
    shape = NeuralShape(SpaceTimeField((segment, segment), (0.0, 0.25, 1.0)), PLACEMENT)
    points = np.zeros((4, 3), np.float32)
    for time, duration in ((0.1, 0.25), (0.5, 0.75)):
        expected = np.array([0, -0.2, 0]) / duration / PLACEMENT.scale
        np.testing.assert_allclose(
            surface_velocity(shape, points, time), np.tile(expected, (4, 1)), atol=1e-6
        )
