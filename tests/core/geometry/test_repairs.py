"""What a mesh was repaired of is counted and said in a sentence; of a sound one nothing is said."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from neural_shapes.core.fields.analytic import Box
from neural_shapes.core.geometry.files import read_mesh, read_source, write_mesh
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.geometry.repairs import Repairs
from neural_shapes.core.geometry.source import placed_source

HALF_SIZE = (0.9, 0.9, 0.9)


def with_first_face_flipped(cube: TriangleMesh) -> TriangleMesh:
    return TriangleMesh(cube.vertices, [cube.faces[0, ::-1], *cube.faces[1:]])


def with_first_face_twice(cube: TriangleMesh) -> TriangleMesh:
    return TriangleMesh(cube.vertices, [*cube.faces, cube.faces[0]])


def with_face_without_area(cube: TriangleMesh) -> TriangleMesh:
    middle = cube.vertices[[0]] / 2 + cube.vertices[[1]] / 2
    return TriangleMesh([*cube.vertices, *middle], [*cube.faces, [0, 1, 8]])


@pytest.mark.parametrize(
    ("spoil", "repairs", "note"),
    [
        (with_first_face_flipped, Repairs(turned=1), "1 turned outwards"),
        (with_first_face_twice, Repairs(repeated=1), "1 repeated dropped"),
        (with_face_without_area, Repairs(without_area=1), "1 without area dropped"),
    ],
)
def test_a_spoilt_cube_is_the_cube_again_with_a_note(
    solids, spoil: Callable[[TriangleMesh], TriangleMesh], repairs: Repairs, note: str
) -> None:
    placed = placed_source(spoil(solids.box(HALF_SIZE)))
    points = np.random.default_rng(0).uniform(-1, 1, (1000, 3))
    np.testing.assert_allclose(placed.solid.signed_distance(points), Box(HALF_SIZE).value(points), atol=1e-6)
    assert placed.repairs == repairs
    assert placed.repairs.sentence == f"Triangles repaired for training: {note}."


def test_a_shell_within_the_cube_that_faces_as_it_does_is_left_out_with_a_note(solids) -> None:
    nested = solids.joined(solids.box(HALF_SIZE), solids.box((0.3, 0.3, 0.3)))
    repairs = placed_source(nested).repairs
    assert repairs == Repairs(hidden=12)
    assert repairs.sentence == "Triangles repaired for training: 12 hidden inside the solid left out."


def test_all_repairs_are_told_in_one_sentence(solids) -> None:
    cube = with_first_face_flipped(with_face_without_area(with_first_face_twice(solids.box(HALF_SIZE))))
    repairs = placed_source(solids.joined(cube, solids.box((0.3, 0.3, 0.3)))).repairs
    assert repairs == Repairs(without_area=1, repeated=1, turned=1, hidden=12)
    assert repairs.sentence.count(".") == 1


def test_of_a_sound_cube_one_with_seams_and_one_with_a_cavity_nothing_is_said(solids) -> None:
    cube = solids.box(HALF_SIZE)
    seams = TriangleMesh(cube.corners.reshape(-1, 3), np.arange(36))
    hollow = solids.joined(cube, solids.inside_out(solids.box((0.3, 0.3, 0.3))))
    for mesh in (cube, seams, hollow):
        assert placed_source(mesh).repairs.sentence == ""


def test_nothing_is_repaired_before_it_can_be_counted_when_a_file_is_read(solids, tmp_path: Path) -> None:
    write_mesh(with_first_face_twice(solids.box(HALF_SIZE)), tmp_path / "twice.ply")
    for read in (read_mesh, read_source):
        assert placed_source(read(tmp_path / "twice.ply")).repairs == Repairs(repeated=1)
