"""Signed distances are exact, and their signs survive every kind of mesh that artists have."""

import igl
import numpy as np
import pytest
from neural_shapes.core.fields.analytic import Box
from neural_shapes.core.geometry.distance import SignedDistance, signed_distance
from neural_shapes.core.geometry.mesh import TriangleMesh


def points_in_domain(count: int = 2000, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (count, 3))


def test_distances_to_a_box_are_exact(solids) -> None:
    points = points_in_domain(50_000)
    np.testing.assert_allclose(signed_distance(solids.box(), points), Box().value(points), atol=2e-7)


def test_distances_are_exact_at_any_scale_and_place(solids) -> None:
    points = points_in_domain()
    for scale in (1e-6, 1e6):
        mesh = TriangleMesh(solids.box().vertices * scale + 3 * scale, solids.box().faces)
        distances = signed_distance(mesh, points * scale + 3 * scale)
        np.testing.assert_allclose(distances / scale, Box().value(points), atol=2e-6)


def test_closest_points_lie_on_their_faces_at_the_distance_told(solids) -> None:
    mesh, points = solids.sphere(), points_in_domain()
    closest = SignedDistance(mesh).closest_points(points)
    np.testing.assert_allclose(np.linalg.norm(points - closest.points, axis=1), closest.distances, atol=1e-12)
    a = mesh.corners[closest.faces][:, 0]
    off_plane = np.einsum("ij,ij->i", closest.points - a, mesh.face_normals[closest.faces])
    np.testing.assert_allclose(off_plane, 0, atol=1e-12)
    nearest_vertex = np.linalg.norm(points[:, None] - mesh.vertices[None], axis=2).min(axis=1)
    assert (closest.distances <= nearest_vertex + 1e-12).all()


@pytest.mark.parametrize("turned", [False, True], ids=["outward", "inside out"])
def test_a_wholly_inverted_mesh_is_the_same_solid(solids, turned: bool) -> None:
    points = points_in_domain()
    mesh = solids.inside_out(solids.box()) if turned else solids.box()
    np.testing.assert_array_equal(SignedDistance(mesh).is_inside(points), Box().value(points) < 0)


def test_one_inverted_part_among_several_is_solid(solids) -> None:
    left, right = solids.sphere(0.3, (-0.5, 0, 0)), solids.sphere(0.3, (0.5, 0, 0))
    distance = SignedDistance(solids.joined(left, solids.inside_out(right)))
    points = np.array([[-0.5, 0, 0], [0.5, 0, 0], [0, 0, 0]])
    assert distance.is_inside(points).tolist() == [True, True, False]


@pytest.mark.parametrize("turned", [False, True], ids=["outward", "inside out"])
def test_a_shell_that_faces_the_other_way_is_a_cavity(solids, turned: bool) -> None:
    shells = solids.joined(solids.sphere(0.8), solids.inside_out(solids.sphere(0.4)))
    distance = SignedDistance(solids.inside_out(shells) if turned else shells)
    points = np.array([[0, 0, 0], [0.6, 0, 0], [0.9, 0, 0]])
    assert distance.is_inside(points).tolist() == [False, True, False]


def test_parts_that_overlap_are_one_solid(solids) -> None:
    left, right = solids.box((0.4, 0.2, 0.2), (-0.2, 0, 0)), solids.box((0.4, 0.2, 0.2), (0.2, 0, 0))
    points = points_in_domain()
    expected = Box((0.6, 0.2, 0.2)).value(points) < 0
    np.testing.assert_array_equal(SignedDistance(solids.joined(left, right)).is_inside(points), expected)


def test_an_open_mesh_has_an_inside(solids) -> None:
    closed = solids.sphere()
    open_mesh = TriangleMesh(closed.vertices, closed.faces[closed.corners[:, :, 2].min(axis=1) > -0.45])
    points = points_in_domain()
    away_from_the_hole = (points[:, 2] > -0.2) & (np.abs(np.linalg.norm(points, axis=1) - 0.5) > 0.01)
    inside = SignedDistance(open_mesh).is_inside(points)
    expected = np.linalg.norm(points, axis=1) < 0.5
    assert expected[away_from_the_hole].any()
    np.testing.assert_array_equal(inside[away_from_the_hole], expected[away_from_the_hole])


def test_signs_are_those_of_the_exact_winding_number(solids) -> None:
    inverted = solids.inside_out(solids.box((0.2, 0.2, 0.2), (-0.7, 0.5, 0.5)))
    closed = solids.joined(solids.sphere(0.6), solids.sphere(0.4, (0.4, 0.1, 0.2)), inverted)
    kept = np.random.default_rng(1).random(len(closed.faces)) > 0.1
    torn = TriangleMesh(closed.vertices, closed.faces[kept])
    points = points_in_domain(5000)
    exact = igl.winding_number(torn.vertices, torn.faces, points)
    decided = np.abs(np.abs(exact) - 0.5) > 0.01  # the fast winding number's own tolerance
    assert decided.mean() > 0.9
    inside = SignedDistance(torn).is_inside(points)
    np.testing.assert_array_equal(inside[decided], (np.abs(exact) > 0.5)[decided])


def test_results_keep_the_order_of_the_points_across_chunks(solids) -> None:
    points = points_in_domain(70_000)
    distance, chosen = SignedDistance(solids.sphere(subdivisions=2)), np.arange(0, 70_000, 997)
    all_at_once, few = distance.signed_distance(points), distance.signed_distance(points[chosen])
    np.testing.assert_array_equal(all_at_once[chosen], few)


def test_progress_grows_to_the_whole_and_can_stop_the_work(solids) -> None:
    shares: list[float] = []
    distance = SignedDistance(solids.box())
    distance.signed_distance(points_in_domain(70_000), shares.append)
    assert shares == sorted(shares)
    assert len(shares) == 3
    assert shares[-1] == 1

    def stop(share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        distance.signed_distance(points_in_domain(70_000), stop)


def test_no_points_and_one_point_are_answered(solids) -> None:
    distance = SignedDistance(solids.box())
    assert distance.signed_distance(np.empty((0, 3))).shape == (0,)
    assert distance.closest_points(np.empty((0, 3))).points.shape == (0, 3)
    assert distance.signed_distance(np.zeros((1, 3))) == pytest.approx(-0.3)
