"""Mesh files come in and go out whole, in every format, and a bad one gets its one sentence."""

import json
import os
import struct
from pathlib import Path

import numpy as np
import pytest
import trimesh
from neural_shapes.core.geometry.cleaning import MeshError, cleaned
from neural_shapes.core.geometry.files import SUFFIXES, MeshFileError, read_mesh, write_mesh
from neural_shapes.core.geometry.mesh import TriangleMesh

SQUARE_PYRAMID = """
v 0 0 0
v 2 0 0
v 2 2 0
v 0 2 0
v 1 1 1.5
vt 0 0
vt 1 0
vt 0 1
f 1/1 4/2 3/3 2/1
f 1/2 2/3 5/1
f 2/1 3/1 5/2
f 3/3 4/2 5/3
f 4/2 1/3 5/1
"""


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("scale", [1e-6, 1, 1e6])
def test_a_mesh_survives_each_format(solids, tmp_path: Path, suffix: str, scale: float) -> None:
    sphere = solids.sphere(subdivisions=3)
    mesh = TriangleMesh((sphere.vertices + np.array([0.1, 0.2, 0.3])) * scale, sphere.faces)
    write_mesh(mesh, tmp_path / f"sphere{suffix}")
    back = cleaned(read_mesh(tmp_path / f"sphere{suffix}"))
    assert len(back.vertices) == len(mesh.vertices)
    np.testing.assert_allclose(back.corners, mesh.corners, atol=1e-7 * scale)


def test_polygons_become_triangles_and_seams_are_welded(tmp_path: Path) -> None:
    (tmp_path / "pyramid.obj").write_text(SQUARE_PYRAMID)
    mesh = cleaned(read_mesh(tmp_path / "pyramid.obj"))
    assert len(mesh.vertices) == 5
    assert len(mesh.faces) == 6
    assert mesh.volume == pytest.approx(2 * 2 * 1.5 / 3)


def test_polygons_of_five_corners_become_triangles(tmp_path: Path) -> None:
    angles = np.arange(5) * 2 * np.pi / 5
    ring = [f"v {np.cos(angle):.17f} {np.sin(angle):.17f} {z}" for z in (0, 1) for angle in angles]
    sides = [f"f {i + 1} {(i + 1) % 5 + 1} {(i + 1) % 5 + 6} {i + 6}" for i in range(5)]
    caps = ["f 5 4 3 2 1", "f 6 7 8 9 10"]
    (tmp_path / "prism.obj").write_text("\n".join([*ring, *sides, *caps]))
    assert read_mesh(tmp_path / "prism.obj").volume == pytest.approx(5 / 2 * np.sin(2 * np.pi / 5))


def test_all_objects_of_a_scene_are_one_mesh_where_the_scene_places_them(solids, tmp_path: Path) -> None:
    box = trimesh.Trimesh(*(getattr(solids.box((0.5, 0.5, 0.5)), part) for part in ("vertices", "faces")))
    scene = trimesh.Scene()
    scene.add_geometry(box)
    scene.add_geometry(box, transform=trimesh.transformations.translation_matrix([3, 0, 0]))
    scene.export(tmp_path / "two.glb")
    mesh = read_mesh(tmp_path / "two.glb")
    assert mesh.volume == pytest.approx(2)
    assert np.ptp(mesh.vertices[:, 0]) == pytest.approx(4)


def test_a_file_is_read_without_the_files_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "pyramid.obj").write_text("mtllib https://example.invalid/a.mtl\nusemtl a\n" + SQUARE_PYRAMID)
    assert len(read_mesh(tmp_path / "pyramid.obj").faces) == 6


def glb_of(description: dict) -> bytes:
    text = json.dumps(description).encode()
    text += b" " * (-len(text) % 4)
    return struct.pack("<4sIII4s", b"glTF", 2, 20 + len(text), len(text), b"JSON") + text


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.ply", b""),
        ("text.ply", b"once upon a time"),
        ("cut.ply", b"ply\nformat binary_little_endian 1.0\nelement vertex 9\nproperty float x\n"),
        ("noise.stl", bytes(range(256)) * 4),
        ("noise.glb", bytes(range(256)) * 4),
        ("far.glb", glb_of({"asset": {"version": "2.0"}, "buffers": [{"uri": "https://example.invalid/b"}]})),
        ("short.off", b"OFF\n8 12 0\n0 0 0\n"),
        ("words.obj", b"v a b c\nf 1 2 3\n"),
        ("none.obj", b"# nothing here\n"),
        ("points.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\n"),
        ("range.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n"),
        ("nan.obj", b"v nan 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3\nf 1 2 4\n"),
        ("mesh.fbx", b"anything"),
        ("mesh.pickle", b"anything"),
        ("mesh", b"anything"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises((MeshFileError, MeshError)) as refusal:
        cleaned(read_mesh(tmp_path / name))
    text = str(refusal.value)
    assert text.endswith(".")
    assert "\n" not in text


def test_a_missing_file_and_a_folder_are_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "folder.obj").mkdir()
    for name in ("missing.obj", "folder.obj"):
        with pytest.raises(MeshFileError, match="could not be read"):
            read_mesh(tmp_path / name)


def test_an_unknown_kind_is_refused_before_anything_is_written(solids, tmp_path: Path) -> None:
    with pytest.raises(MeshFileError, match="OBJ, PLY, STL, OFF or GLB"):
        write_mesh(solids.box(), tmp_path / "box.fbx")
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_old_file_and_nothing_else(solids, tmp_path: Path) -> None:
    with pytest.raises(MeshFileError, match="could not be written"):
        write_mesh(solids.box(), tmp_path / "missing" / "box.obj")
    (tmp_path / "box.obj").mkdir()
    with pytest.raises(MeshFileError, match="could not be written"):
        write_mesh(solids.box(), tmp_path / "box.obj")
    assert os.listdir(tmp_path) == ["box.obj"]
