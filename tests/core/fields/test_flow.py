"""The operators of the level-set equation, and a flow that keeps volumes and can be followed back."""

import numpy as np
import pytest
from neural_shapes.core.fields.flow import DivergenceFreeFlow
from neural_shapes.core.fields.level_set import curl, divergence, level_set_residual


@pytest.fixture
def flow() -> DivergenceFreeFlow:
    generator = np.random.default_rng(0)
    frequencies = generator.normal(size=(24, 3)).astype(np.float32) * 2
    phases = generator.uniform(0, 6, 24).astype(np.float32)
    return DivergenceFreeFlow(frequencies, phases, generator.normal(size=(3, 24, 3)).astype(np.float32) / 60)


def _points(count: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.7, 0.7, (count, 3)).astype(np.float32)


def _jacobian(function, points: np.ndarray, step: float = 1e-3) -> np.ndarray:
    """Central differences, entry [n, i, j] = dV_i / dx_j."""
    columns = []
    for axis in np.eye(3, dtype=np.float32) * np.float32(step):
        columns.append((function(points + axis) - function(points - axis)) / (2 * step))
    return np.stack(columns, axis=2)


def test_the_curl_of_a_known_field():
    x, y, z = _points(50).T
    zero = np.zeros_like(x)
    # V = (y z, x^2, x y z) has curl (x z, y - y z, 2 x - z).
    jacobian = np.array([[zero, z, y], [2 * x, zero, zero], [y * z, x * z, x * y]]).transpose(2, 0, 1)
    np.testing.assert_allclose(curl(jacobian), np.stack([x * z, y - y * z, 2 * x - z], axis=1), atol=1e-6)
    np.testing.assert_allclose(divergence(jacobian), x * y, atol=1e-6)


def test_the_residual_is_zero_for_a_sphere_that_moves_with_the_velocity_and_counts_what_it_lacks():
    points = _points(200)
    velocity = np.broadcast_to(np.float32([0.3, -0.2, 0.5]), points.shape)
    time = 0.4
    offset = points - time * velocity
    normal = offset / np.linalg.norm(offset, axis=1, keepdims=True)
    # f = |x - t v| - r has f_t = -v . normal.
    gradient = np.concatenate([normal, -(velocity * normal).sum(axis=1, keepdims=True)], axis=1)
    np.testing.assert_allclose(level_set_residual(gradient, velocity), 0, atol=1e-6)
    np.testing.assert_allclose(
        level_set_residual(gradient, 0 * velocity), -(velocity * normal).sum(axis=1), atol=1e-6
    )


def test_the_velocity_is_the_curl_of_the_potential(flow):
    points, time = _points(40), 0.3
    cosines = np.cos(np.pi * np.arange(3) * time)
    coefficients = np.tensordot(cosines, flow.coefficients, axes=1)

    def potential(places: np.ndarray) -> np.ndarray:
        return np.sin(places.astype(np.float64) @ flow.frequencies.T + flow.phases) @ coefficients

    expected = curl(_jacobian(potential, points.astype(np.float64)))
    np.testing.assert_allclose(flow.velocity(points, time), expected, atol=1e-4)


def test_the_jacobian_is_that_of_the_velocity_and_has_no_trace(flow):
    points = _points(40)
    velocity, jacobian = flow.velocity_and_jacobian(points, 0.6)
    np.testing.assert_array_equal(velocity, flow.velocity(points, 0.6))
    differences = _jacobian(lambda places: flow.velocity(places, 0.6).astype(np.float64), points, 1e-2)
    np.testing.assert_allclose(jacobian, differences, atol=5e-3)
    np.testing.assert_allclose(divergence(jacobian), 0, atol=1e-5)
    assert np.abs(jacobian).max() > 0.1


def test_what_was_carried_is_carried_back(flow):
    points = _points(300)
    there = flow.transport(points, 0.0, 1.0)
    assert np.linalg.norm(there - points, axis=1).mean() > 0.1
    np.testing.assert_allclose(flow.transport(there, 1.0, 0.0), points, atol=1e-3)


def test_trajectories_pass_where_points_are_transported_and_keep_volumes(flow):
    points, times = _points(100), np.linspace(0, 1, 33)
    stations = list(flow.trajectories(points, times))
    assert [station.time for station in stations] == pytest.approx(times)
    np.testing.assert_allclose(stations[16].points, flow.transport(points, 0.0, 0.5), atol=1e-3)
    np.testing.assert_allclose(stations[-1].points, flow.transport(points, 0.0, 1.0), atol=1e-3)
    np.testing.assert_allclose(np.linalg.det(stations[-1].deformation), 1, atol=1e-3)


def test_the_deformation_gradient_is_the_derivative_of_the_transport(flow):
    points = _points(30)
    station = list(flow.trajectories(points, np.linspace(0, 1, 33)))[-1]
    differences = _jacobian(
        lambda places: flow.transport(places, 0.0, 1.0).astype(np.float64), points, step=5e-3
    )
    np.testing.assert_allclose(station.deformation, differences, atol=1e-2)


def test_arrays_that_do_not_fit_are_refused(flow):
    with pytest.raises(ValueError, match="phase"):
        DivergenceFreeFlow(flow.frequencies, flow.phases[1:], flow.coefficients)
    with pytest.raises(ValueError, match="coefficients"):
        DivergenceFreeFlow(flow.frequencies, flow.phases, flow.coefficients[0])
