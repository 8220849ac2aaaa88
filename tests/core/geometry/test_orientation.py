"""Faces end up pointing out of the solid, however they came."""

import numpy as np
import pytest
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.geometry.orientation import facing_outwards


def flipped(mesh: TriangleMesh, chosen: np.ndarray) -> TriangleMesh:
    return TriangleMesh(mesh.vertices, np.where(chosen[:, None], mesh.faces[:, ::-1], mesh.faces))


def test_a_good_mesh_stays_as_it_is(solids) -> None:
    mesh = solids.sphere(subdivisions=2)
    np.testing.assert_array_equal(facing_outwards(mesh).faces, mesh.faces)


@pytest.mark.parametrize("share", [0.2, 0.8, 1.0])
def test_flipped_faces_are_turned_outwards(solids, share: float) -> None:
    mesh = solids.sphere(subdivisions=3)
    chosen = np.random.default_rng(0).random(len(mesh.faces)) < share
    righted = facing_outwards(flipped(mesh, chosen))
    np.testing.assert_allclose(righted.face_normals, mesh.face_normals)
    assert righted.volume == pytest.approx(mesh.volume)


def test_an_inverted_part_is_turned_and_the_others_stay(solids) -> None:
    parts = [solids.sphere(0.3, (x, 0, 0), subdivisions=2) for x in (-0.5, 0.5)]
    overlapping = solids.box((0.3, 0.2, 0.2), (0.7, 0.1, 0.1))
    expected = solids.joined(*parts, overlapping)
    righted = facing_outwards(solids.joined(parts[0], solids.inside_out(parts[1]), overlapping))
    np.testing.assert_allclose(righted.face_normals, expected.face_normals)


@pytest.mark.parametrize("flipped_face", range(12))
def test_a_flipped_face_does_not_make_a_cavity_of_a_part_within(solids, flipped_face: int) -> None:
    nested = solids.joined(solids.box((0.9, 0.9, 0.9)), solids.box((0.3, 0.3, 0.3)))
    righted = facing_outwards(flipped(nested, np.arange(24) == flipped_face))
    np.testing.assert_allclose(righted.face_normals, nested.face_normals)


@pytest.mark.parametrize("turned", [False, True], ids=["outward", "inside out"])
def test_the_walls_of_a_cavity_face_into_it(solids, turned: bool) -> None:
    shells = solids.joined(solids.sphere(0.8), solids.inside_out(solids.sphere(0.4)))
    righted = facing_outwards(solids.inside_out(shells) if turned else shells)
    np.testing.assert_allclose(righted.face_normals, shells.face_normals)


@pytest.mark.parametrize("turned", [False, True], ids=["outward", "inside out"])
def test_an_open_bowl_faces_away_from_what_it_holds(solids, turned: bool) -> None:
    sphere = solids.sphere()
    bowl = TriangleMesh(sphere.vertices, sphere.faces[sphere.corners[:, :, 2].max(axis=1) < 0.1])
    righted = facing_outwards(solids.inside_out(bowl) if turned else bowl)
    np.testing.assert_allclose(righted.face_normals, bowl.face_normals)
