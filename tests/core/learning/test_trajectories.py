"""Labels carried along a flow agree with their definition, in value and in all four derivatives."""

import numpy as np
import pytest
import torch
import trimesh
from neural_shapes.core.fields.analytic import Sphere
from neural_shapes.core.fields.flow import DivergenceFreeFlow
from neural_shapes.core.geometry.distance import SignedDistance
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.learning.recipes import UNIFORM
from neural_shapes.core.learning.samples import TrainingSamples
from neural_shapes.core.learning.trajectories import carried_samples

FIRST, SECOND = Sphere(0.5, (-0.1, 0.0, 0.0)), Sphere(0.5, (0.1, 0.05, 0.0))
DEVIATION = 0.01


def _mesh(sphere: Sphere) -> SignedDistance:
    solid = trimesh.creation.icosphere(subdivisions=5, radius=sphere.radius)
    return SignedDistance(TriangleMesh(solid.vertices + sphere.centre, solid.faces))


@pytest.fixture(scope="module")
def flow() -> DivergenceFreeFlow:
    generator = np.random.default_rng(0)
    frequencies = generator.normal(size=(12, 3)).astype(np.float32) * 2
    phases = generator.uniform(0, 6, 12).astype(np.float32)
    return DivergenceFreeFlow(frequencies, phases, generator.normal(size=(2, 12, 3)).astype(np.float32) / 80)


@pytest.fixture(scope="module")
def samples(flow) -> TrainingSamples:
    return carried_samples(
        _mesh(FIRST),
        _mesh(SECOND),
        flow,
        (DEVIATION,),
        np.random.default_rng(1),
        torch.device("cpu"),
        sweeps=1,
        weight_of_ends=2,
        progress=lambda share: None,
    )


def _label(flow: DivergenceFreeFlow, points: np.ndarray, time: float) -> np.ndarray:
    """(1 - t) g0(phi(x; t -> 0)) + t g1(phi(x; t -> 1))."""
    back, forth = flow.transport(points, time, 0.0), flow.transport(points, time, 1.0)
    return (1 - time) * FIRST.value(back).astype(np.float64) + time * SECOND.value(forth)


def _differences(flow: DivergenceFreeFlow, points: np.ndarray, time: float, step: float = 4e-3) -> np.ndarray:
    """The label's derivatives by central differences, (N, 4)."""
    columns = []
    for axis in np.eye(3, dtype=np.float32) * np.float32(step):
        columns.append(_label(flow, points + axis, time) - _label(flow, points - axis, time))
    columns.append(_label(flow, points, time + step) - _label(flow, points, time - step))
    return np.stack(columns, axis=1) / (2 * step)


def _middle(points: torch.Tensor) -> tuple[float, np.ndarray]:
    """A time half-way and the rows of samples at it."""
    times = points[:, 3].numpy()
    time = float(times[np.argmin(np.abs(times - 0.5))])
    return time, np.flatnonzero(times == np.float32(time))


def test_surface_points_lie_on_the_zero_set_at_all_times(flow, samples):
    points = samples.surface.points.numpy()
    for time in np.unique(points[:, 3])[::5]:
        values = _label(flow, points[points[:, 3] == time][:500, :3], float(time))
        assert np.abs(values).mean() < 1e-3


def test_gradients_on_the_surface_are_those_of_the_label_over_its_slope(flow, samples):
    time, rows = _middle(samples.surface.points)
    chosen = rows[:300]
    expected = _differences(flow, samples.surface.points[chosen, :3].numpy(), time)
    expected /= np.linalg.norm(expected[:, :3], axis=1, keepdims=True)
    assert np.abs(expected[:, 3]).mean() > 0.05
    np.testing.assert_allclose(samples.surface.normals[chosen].numpy(), expected, atol=0.05)


def test_near_the_surface_the_label_is_a_distance_to_first_order(flow, samples):
    labelled = samples.labelled[DEVIATION]
    time, rows = _middle(labelled.points)
    chosen = rows[:400]
    points = labelled.points[chosen, :3].numpy()
    slopes = np.linalg.norm(_differences(flow, points, time)[:, :3], axis=1)
    expected = _label(flow, points, time) / slopes
    near = np.abs(expected) < 0.02
    assert near.sum() > 80
    np.testing.assert_allclose(labelled.distances[chosen].numpy()[near], expected[near], atol=1e-3)


def test_far_from_the_surface_the_label_is_the_distance_to_its_points(samples):
    labelled = samples.labelled[UNIFORM]
    _, rows = _middle(labelled.points)
    at_time = samples.surface.points[:, 3] == labelled.points[rows[0], 3]
    surface = samples.surface.points[at_time][:, :3]
    chosen = rows[labelled.distances[rows].abs().numpy() > 0.1][:300]
    nearest = torch.cdist(labelled.points[chosen, :3], surface).min(dim=1).values
    np.testing.assert_allclose(labelled.distances[chosen].abs(), nearest, atol=1e-4)


def test_at_the_ends_labels_are_exact_everywhere(samples):
    labelled = samples.labelled[UNIFORM]
    for time, sphere in ((0.0, FIRST), (1.0, SECOND)):
        at_time = labelled.points[:, 3] == time
        expected = sphere.value(labelled.points[at_time, :3].numpy())
        np.testing.assert_allclose(labelled.distances[at_time], expected, atol=2e-3)


def test_both_ends_count_as_often_as_they_are_told_to(samples):
    for points in (samples.surface.points, samples.labelled[UNIFORM].points):
        _, counts = np.unique(points[:, 3].numpy(), return_counts=True)
        np.testing.assert_allclose(counts[[0, -1]] / np.median(counts[1:-1]), 2, rtol=0.25)


def test_all_times_are_covered_and_nothing_far_outside_the_domain(samples):
    times = np.unique(samples.labelled[UNIFORM].points[:, 3].numpy())
    assert (times[0], times[-1]) == (0.0, 1.0)
    assert np.diff(times).max() < 0.1
    assert samples.labelled[UNIFORM].points[:, :3].abs().max() <= 1.1
