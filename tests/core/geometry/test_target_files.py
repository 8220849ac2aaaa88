"""Low-poly files as targets: what their corners carry comes as the file means it."""

from pathlib import Path

import numpy as np
import pytest
import trimesh
from neural_shapes.core.geometry.files import MeshFileError
from neural_shapes.core.geometry.target_files import TargetFile, read_target_file

# Two triangles that meet at a right angle along the y axis, in the planes z = 0 and x = 0.
VERTICES = "v 0 0 0\nv 0 1 0\nv 1 0 0\nv 0 0 1\n"
SLANTED = np.array([0, 0.6, 0.8])


def read(path: Path, rest: str) -> TargetFile:
    path.write_text(VERTICES + rest)
    return read_target_file(path)


def test_normals_of_any_length_are_unit_vectors(tmp_path: Path) -> None:
    target = read(tmp_path / "target.obj", "vn 0 3 4\nvn 0 0 6\nf 1//1 3//1 2//2\nf 1//2 2//2 4//2\n")
    np.testing.assert_allclose(target.normals[0], [SLANTED, SLANTED, [0, 0, 1]])
    np.testing.assert_allclose(target.normals[1], np.tile([0, 0, 1], (3, 1)))


@pytest.mark.parametrize("nothing", ["vn 0 0 0", "vn nan nan nan"])
def test_corners_without_a_normal_have_smooth_ones_and_the_others_their_own(tmp_path: Path, nothing) -> None:
    target = read(tmp_path / "target.obj", f"vn 0 3 4\n{nothing}\nf 1//1 3//2 2\nf 1//2 2//1 4//2\n")
    between = np.sqrt([0.5, 0, 0.5])
    np.testing.assert_allclose(target.normals[0], [SLANTED, [0, 0, 1], between], atol=1e-12)
    np.testing.assert_allclose(target.normals[1], [between, SLANTED, [1, 0, 0]], atol=1e-12)


def test_a_statement_may_go_on_in_the_next_line(tmp_path: Path) -> None:
    text = "# C:\\models\\\nvt 0 \\\n1\nf 1/1 3/1 \\\n 2/1 # and so on \\\nf 1/1 2/1 4/1\n\\\n\n"
    target = read(tmp_path / "target.obj", text)
    np.testing.assert_array_equal(target.faces, [[0, 2, 1], [0, 1, 3]])
    np.testing.assert_array_equal(target.uvs, np.tile([0.0, 1.0], (2, 3, 1)))


@pytest.fixture
def ball() -> trimesh.Trimesh:
    """A ball whose vertex normals all look one way."""
    mesh = trimesh.creation.icosphere(subdivisions=1)
    normals = np.tile(SLANTED, (len(mesh.vertices), 1))
    return trimesh.Trimesh(mesh.vertices, mesh.faces, vertex_normals=normals, process=False)


def test_normals_are_those_of_a_ply_file(tmp_path: Path, ball) -> None:
    ball.export(tmp_path / "ball.ply", vertex_normal=True)
    target = read_target_file(tmp_path / "ball.ply")
    np.testing.assert_allclose(target.normals, np.tile(SLANTED, (80, 3, 1)), atol=1e-6)


@pytest.mark.parametrize(
    ("suffix", "options"), [("ply", {"vertex_normal": True}), ("glb", {"unitize_normals": False})]
)
def test_normals_of_any_length_in_other_files_are_unit_vectors_too(
    tmp_path: Path, ball, suffix, options
) -> None:
    """A vertex without a normal has the smooth one, which on a ball is its position."""
    ball.vertex_normals = np.where(np.arange(len(ball.vertices))[:, None] == 7, 0, 5 * SLANTED)
    ball.export(tmp_path / f"ball.{suffix}", **options)
    target = read_target_file(tmp_path / f"ball.{suffix}")
    expected = np.tile(SLANTED, (80, 3, 1))
    expected[target.faces == 7] = ball.vertices[7]
    np.testing.assert_allclose(target.normals, expected, atol=1e-6)


def test_points_without_faces_are_told_as_such(tmp_path: Path, ball) -> None:
    trimesh.PointCloud(ball.vertices).export(tmp_path / "points.ply")
    with pytest.raises(MeshFileError, match="has no faces"):
        read_target_file(tmp_path / "points.ply")


def test_normals_are_those_of_a_scene_where_it_places_them(tmp_path: Path, ball) -> None:
    scene = trimesh.Scene(ball)
    mirrored_and_moved = np.diag([1, 1, -1, 1]) + np.diag([3], k=3)
    scene.add_geometry(ball, transform=mirrored_and_moved)
    scene.export(tmp_path / "balls.glb")
    target = read_target_file(tmp_path / "balls.glb")
    is_moved = target.vertices[target.faces][:, 0, 0] > 1.5
    assert is_moved.sum() == 80
    for placed, normal in ((~is_moved, SLANTED), (is_moved, SLANTED * [1, 1, -1])):
        np.testing.assert_allclose(target.normals[placed], np.tile(normal, (80, 3, 1)), atol=1e-6)
