"""A solid made of parts is one solid: walls within it neither bound it nor stop distances."""

import numpy as np
import pytest
from neural_shapes.core.fields.analytic import Box, Sphere
from neural_shapes.core.geometry.distance import signed_distance
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.geometry.sampling import sample_surface
from neural_shapes.core.geometry.solid import solid_distance
from scipy.spatial import cKDTree

CENTRES = ((-0.2, 0.0, 0.0), (0.2, 0.0, 0.0))


def two_spheres(points: np.ndarray) -> np.ndarray:
    """The exact distance outside two overlapping spheres; inside them its sign."""
    return np.minimum(*(Sphere(0.5, centre).value(points) for centre in CENTRES))


@pytest.fixture
def points() -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (20_000, 3))


def test_a_closed_part_has_no_hidden_faces(solids, points: np.ndarray) -> None:
    sphere = solids.sphere()
    distance = solid_distance(solids.inside_out(sphere))
    np.testing.assert_array_equal(distance.mesh.face_normals, sphere.face_normals)
    np.testing.assert_allclose(distance.signed_distance(points), signed_distance(sphere, points))


@pytest.mark.parametrize("turned", [False, True], ids=["outward", "one inside out"])
def test_distances_in_overlapping_spheres_are_those_to_the_boundary_of_both(
    solids, points: np.ndarray, turned: bool
) -> None:
    left, right = (solids.sphere(0.5, centre, 4) for centre in CENTRES)
    distance = solid_distance(solids.joined(left, solids.inside_out(right) if turned else right))
    values, union = distance.signed_distance(points), two_spheres(points)
    np.testing.assert_allclose(values[union > 1e-3], union[union > 1e-3], atol=1e-3)
    inside = union < -1e-3
    directions = np.random.default_rng(1).standard_normal((100_000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    spheres = np.concatenate([directions * 0.5 + centre for centre in CENTRES])
    boundary = spheres[two_spheres(spheres) > -1e-6]
    expected = -cKDTree(boundary).query(points[inside])[0]
    # Faces across the circle where the spheres meet stay whole: they reach some 0.05 inwards.
    np.testing.assert_allclose(values[inside], expected, atol=0.06)
    assert np.abs(values[inside] - expected).mean() < 4e-3


def test_samples_of_a_solid_lie_on_its_boundary(solids) -> None:
    left, right = solids.sphere(0.5, (-0.2, 0, 0), 5), solids.sphere(0.5, (0.2, 0, 0), 5)
    samples = sample_surface(
        solid_distance(solids.joined(left, right)).mesh, 10_000, np.random.default_rng(0)
    )
    deepest = np.minimum(*(Sphere(0.5, (x, 0, 0)).value(samples.points) for x in (-0.2, 0.2)))
    assert np.mean(deepest < -1e-3) < 0.08


def test_a_part_wholly_within_another_is_left_out(solids, points: np.ndarray) -> None:
    box, core = solids.box((0.7, 0.7, 0.7)), solids.sphere(0.3, subdivisions=2)
    distance = solid_distance(solids.joined(box, core))
    np.testing.assert_array_equal(distance.mesh.corners, box.corners)
    np.testing.assert_array_equal(distance.mesh.vertices, box.vertices)
    np.testing.assert_allclose(
        distance.signed_distance(points), Box((0.7, 0.7, 0.7)).value(points), atol=1e-6
    )


def test_a_cavity_is_kept(solids) -> None:
    shells = solids.joined(solids.sphere(0.8), solids.inside_out(solids.sphere(0.4)))
    distance = solid_distance(shells)
    assert len(distance.mesh.faces) == len(shells.faces)
    values = distance.signed_distance(np.array([[0, 0, 0], [0.6, 0, 0], [0, 0, 0.9]]))
    np.testing.assert_allclose(values, [0.4, -0.2, 0.1], atol=1e-3)


def test_large_faces_that_are_visible_in_part_are_kept(solids, points: np.ndarray) -> None:
    # The second bar buries the middle of the first one's long sides, with the centroids of their faces.
    along_x, along_y = (0.9, 0.2, 0.2), (0.4, 0.9, 0.3)
    distance = solid_distance(solids.joined(solids.box(along_x), solids.box(along_y)))
    union = np.minimum(Box(along_x).value(points), Box(along_y).value(points))
    np.testing.assert_allclose(distance.signed_distance(points)[union > 0], union[union > 0], atol=1e-6)


def test_an_open_sheet_is_kept_whole(solids) -> None:
    sphere = solids.sphere()
    bowl = TriangleMesh(sphere.vertices, sphere.faces[sphere.corners[:, :, 2].max(axis=1) < 0.1])
    assert len(solid_distance(bowl).mesh.faces) == len(bowl.faces)
