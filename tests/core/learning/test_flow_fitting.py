"""A fitted flow carries one solid onto another, both ways, and its way back is the way there."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import trimesh
from neural_shapes.core.fields.flow import DivergenceFreeFlow
from neural_shapes.core.geometry.distance import SignedDistance
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.geometry.sampling import sample_surface
from neural_shapes.core.learning.distance_grid import DistanceGrid
from neural_shapes.core.learning.flow_fitting import POOL_POINTS, FlowFitting, FlowModule, Solid
from neural_shapes.core.learning.morph_recipes import FlowRecipe

RECIPE = FlowRecipe(waves=64, highest=5.0, points=150, projections=16, grid=32, steps=120)


def _egg(*radii: float) -> SignedDistance:
    solid = trimesh.creation.icosphere(subdivisions=3, radius=1.0)
    return SignedDistance(TriangleMesh(solid.vertices * radii, solid.faces))


@pytest.fixture(scope="module")
def ends() -> tuple[SignedDistance, SignedDistance]:
    return _egg(0.7, 0.4, 0.4), _egg(0.4, 0.7, 0.4)


@pytest.fixture(scope="module")
def flow(ends) -> DivergenceFreeFlow:
    generator = np.random.default_rng(0)
    solids = [Solid.of_mesh(end, RECIPE.grid, generator, torch.device("cpu")) for end in ends]
    fitting = FlowFitting(*solids, RECIPE, torch.Generator().manual_seed(0))
    while fitting.step_index < RECIPE.steps:
        fitting.step()
    return fitting.flow


def _rod(radius: float, length: float = 2.0) -> SignedDistance:
    """A cylinder along the diagonal, around the origin."""
    turn = trimesh.geometry.align_vectors([0, 0, 1], [1, 1, 1])
    solid = trimesh.creation.cylinder(radius, length, sections=64, transform=turn)
    return SignedDistance(TriangleMesh(solid.vertices, solid.faces))


def test_interior_points_are_uniform_in_the_solid():
    generator = np.random.default_rng(0)
    egg = Solid.of_mesh(_egg(0.7, 0.4, 0.2), 32, generator, torch.device("cpu")).interior.numpy()
    assert egg.shape == (POOL_POINTS, 3)
    radii = np.linalg.norm(egg / (0.7, 0.4, 0.2), axis=1)
    np.testing.assert_allclose([np.mean(radii < 0.5), np.mean(radii < 0.8)], [0.5**3, 0.8**3], atol=0.015)
    octants = np.bincount((egg > 0) @ [1, 2, 4], minlength=8) / len(egg)
    np.testing.assert_allclose(octants, 1 / 8, atol=0.01)

    rod = Solid.of_mesh(_rod(0.05), 32, generator, torch.device("cpu")).interior.numpy()
    along = rod @ np.full(3, 3**-0.5)
    across = np.linalg.norm(rod - along[:, None] * 3**-0.5, axis=1)
    np.testing.assert_allclose(np.quantile(along, [0.1, 0.25, 0.5, 0.75]), [-0.8, -0.5, 0, 0.5], atol=0.02)
    np.testing.assert_allclose(np.mean(across < 0.025), 1 / 4, atol=0.01)


def test_the_inside_of_a_thin_rod_takes_few_tries_and_can_be_stopped():
    class Counting(SignedDistance):
        tries = 0

        def is_inside(self, points: np.ndarray, progress=None) -> np.ndarray:
            self.tries += len(points)
            return super().is_inside(points, progress)

    told: list[float] = []
    rod = Counting(_rod(0.01).mesh)
    Solid.of_mesh(rod, 48, np.random.default_rng(0), torch.device("cpu"), told.append)
    assert rod.tries < 8 * POOL_POINTS
    assert told.count(1.0) > rod.tries / POOL_POINTS
    assert told == sorted(told)


def test_surfaces_are_carried_onto_each_other_both_ways(ends, flow):
    generator = np.random.default_rng(1)
    for source, target, start, end in ((*ends, 0.0, 1.0), (*ends[::-1], 1.0, 0.0)):
        points = sample_surface(source.mesh, 1000, generator).points
        before = np.abs(target.signed_distance(points)).mean()
        after = np.abs(target.signed_distance(flow.transport(points, start, end))).mean()
        assert before > 0.08
        assert after < 0.2 * before


def test_the_integrator_is_not_cheated(ends, flow):
    points = sample_surface(ends[0].mesh, 1000, np.random.default_rng(1)).points
    back = flow.transport(flow.transport(points, 0.0, 1.0), 1.0, 0.0)
    assert np.linalg.norm(back - points, axis=1).max() < 1e-2


def test_between_a_shape_and_itself_the_flow_hardly_moves(ends):
    generator = np.random.default_rng(0)
    solid = Solid.of_mesh(ends[0], RECIPE.grid, generator, torch.device("cpu"))
    recipe = replace(RECIPE, waves=32, points=100, integration_steps=4, steps=40)
    fitting = FlowFitting(solid, solid, recipe, torch.Generator().manual_seed(0))
    for _ in range(recipe.steps):
        fitting.step()
    points = sample_surface(ends[0].mesh, 1000, generator).points
    moved = np.linalg.norm(fitting.flow.transport(points, 0.0, 1.0) - points, axis=1)
    assert moved.mean() < 0.03


def test_the_module_moves_points_as_its_flow_does():
    generator = torch.Generator().manual_seed(0)
    module = FlowModule(RECIPE, generator)
    with torch.no_grad():
        module.strains.normal_(std=0.05, generator=generator)
    points = torch.rand(50, 3, generator=generator)
    moved = module.transport_and_energy(points, 0.0, 1.0, 32)[0].detach().numpy()
    assert np.linalg.norm(moved - points.numpy(), axis=1).mean() > 0.02
    np.testing.assert_allclose(moved, module.to_flow().transport(points.numpy(), 0.0, 1.0), atol=1e-5)


def test_the_energy_is_the_mean_of_the_squared_speed_along_the_paths():
    generator = torch.Generator().manual_seed(0)
    module = FlowModule(RECIPE, generator)
    with torch.no_grad():
        module.strains.normal_(std=0.05, generator=generator)
    points = torch.rand(50, 3, generator=generator)
    energy = module.transport_and_energy(points, 1.0, 0.0, 32)[1].item()
    flow, times = module.to_flow(), np.linspace(0, 1, 65)
    starts = flow.transport(points.numpy(), 1.0, 0.0)
    speeds = [
        (flow.velocity(station.points, station.time) ** 2).sum(axis=1).mean()
        for station in flow.trajectories(starts, times)
    ]
    assert energy == pytest.approx(np.mean([speeds[:-1], speeds[1:]]), rel=1e-2)


def test_a_grid_reads_exact_distances_at_its_points_and_differentiates(ends):
    grid = DistanceGrid.of_mesh(ends[0], 49, torch.device("cpu"))
    axis = np.linspace(-1.2, 1.2, 49)
    indices = np.random.default_rng(0).integers(49, size=(200, 3))
    at_points = torch.tensor(axis[indices], dtype=torch.float32)
    np.testing.assert_allclose(grid(at_points), ends[0].signed_distance(at_points.numpy()), atol=1e-4)
    place = torch.tensor([[0.95, 0.02, 0.01]], requires_grad=True)
    (gradient,) = torch.autograd.grad(grid(place).sum(), place)
    np.testing.assert_allclose(gradient[0], [1, 0, 0], atol=0.1)
