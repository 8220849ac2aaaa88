"""The velocities of the published methods, against fields whose motion is known."""

import numpy as np
import torch
from neural_shapes.core.fields.level_set import divergence, level_set_residual
from neural_shapes.core.learning.level_set_training import adaptive_velocity, nise_velocity


def _points(count: int = 200) -> torch.Tensor:
    return torch.rand(count, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 2 - 1


def test_nise_moves_every_level_set_of_a_growing_sphere_as_fast_as_it_grows():
    points, time = _points(), 0.4
    # f = |x| - r(t) with r' = r1 - r flows towards g1 = |x| - r1.
    target_radius, radius = 0.8, 0.8 - 0.5 * np.exp(-time)
    lengths = points.norm(dim=1, keepdim=True)
    normals = points / lengths
    rate = -(target_radius - radius)
    gradients = torch.cat([normals, torch.full_like(lengths, rate)], dim=1)
    velocity = nise_velocity(lengths[:, 0] - radius, normals, lengths[:, 0] - target_radius)
    np.testing.assert_allclose(level_set_residual(gradients, velocity), 0, atol=1e-12)
    # Outwards, since the sphere grows.
    assert ((velocity * normals).sum(dim=1) > 0).all()


def _velocity(points: torch.Tensor) -> torch.Tensor:
    """V of D = (y z, x^2, x y) and G = |x|^2 / 2 around the sphere f = |x| - 0.5."""
    x, y, z = points.T
    zero = torch.zeros_like(x)
    rows = [[zero, z, y], [2 * x, zero, zero], [y, x, zero]]
    jacobian = torch.stack([torch.stack(row, dim=1) for row in rows], dim=1)
    return adaptive_velocity(points.norm(dim=1) - 0.5, points, jacobian)


def test_the_adaptive_velocity_is_a_curl_and_a_gradient_that_fades_at_the_surface():
    points = _points()
    x, y, z = points.T
    beta = 1 - torch.exp(-0.1 * (points.norm(dim=1) - 0.5) ** 2)
    expected = torch.stack([x, 0 * y, 2 * x - z], dim=1)
    np.testing.assert_allclose(_velocity(points), expected + beta[:, None] * points, atol=1e-12)


def test_the_adaptive_velocity_has_no_divergence_on_the_surface_and_some_off_it():
    points = _points()
    on_surface = 0.5 * points / points.norm(dim=1, keepdim=True)
    for places, expected in ((on_surface, 0.0), (1.8 * on_surface, None)):
        columns = []
        for axis in torch.eye(3, dtype=torch.float64) * 1e-4:
            columns.append((_velocity(places + axis) - _velocity(places - axis)) / 2e-4)
        found = divergence(torch.stack(columns, dim=2))
        if expected is None:
            assert found.abs().min() > 0.01
        else:
            np.testing.assert_allclose(found, expected, atol=1e-6)
