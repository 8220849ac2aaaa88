"""Frames are whole, ordinary PLY files that know what they were made from."""

import io

import numpy as np
import pytest
from neural_shapes.core.errors import NeuralShapesError
from neural_shapes.core.frames.frame_files import frame_path, is_up_to_date
from neural_shapes.core.frames.mesh_frame import MeshFrame

MADE_FROM = {"morph": "abc", "time": 0.25, "painted": None}


def frame(**attributes) -> MeshFrame:
    random = np.random.default_rng(0)
    vertices, velocity = random.normal(size=(2, 5, 3))
    faces = np.array([[0, 1, 2], [4, 3, 2], [0, 4, 1]])
    return MeshFrame(vertices, faces, np.tile([0.0, 0, 1], (5, 1)), velocity, **attributes)


def test_other_programs_read_the_mesh_with_its_velocity_and_colours():
    trimesh = pytest.importorskip("trimesh")
    written = frame(uvs=np.eye(5, 2), materials=np.arange(5), colours=np.full((5, 4), 0.5))
    data = written.to_bytes(MADE_FROM)
    read = trimesh.load(io.BytesIO(data), file_type="ply", process=False)
    np.testing.assert_allclose(read.vertices, written.vertices, rtol=1e-6)
    np.testing.assert_array_equal(read.faces, written.faces)
    raw = read.metadata["_ply_raw"]["vertex"]["data"]
    for axis, name in enumerate(("velocity_x", "velocity_y", "velocity_z")):
        np.testing.assert_allclose(raw[name].ravel(), written.velocity[:, axis], rtol=1e-6)
    np.testing.assert_allclose(raw["t"].ravel(), written.uvs[:, 1])
    # 0.5 in linear light is 188 of 255 in sRGB.
    np.testing.assert_allclose(255 * raw["green"].ravel(), 187.5, atol=0.1)
    np.testing.assert_allclose(raw["alpha"].ravel(), 0.5)


def test_a_file_says_what_it_was_made_from(tmp_path):
    path = frame_path(tmp_path, 7)
    assert path.name == "frame_0007.ply"
    assert not is_up_to_date(path, MADE_FROM)
    path.write_bytes(frame().to_bytes(MADE_FROM))
    assert is_up_to_date(path, MADE_FROM)
    assert not is_up_to_date(path, {**MADE_FROM, "time": 0.26})


def test_a_file_that_is_cut_short_anywhere_is_not_up_to_date(tmp_path):
    path, data = tmp_path / "frame.ply", frame().to_bytes(MADE_FROM)
    for length in range(len(data)):
        path.write_bytes(data[:length])
        assert not is_up_to_date(path, MADE_FROM)


@pytest.mark.parametrize(
    "content",
    [
        b"ply\nformat ascii 1.0\nelement vertex 0\nend_header\n",
        b"\x80\x04K\x01.",
        frame().to_bytes({}).replace(b"element face 3", b"element face"),
        frame().to_bytes({}).replace(b"{}", b"{'"),
    ],
)
def test_a_file_of_somebody_else_is_never_overwritten(tmp_path, content):
    path = tmp_path / "frame_0001.ply"
    path.write_bytes(content)
    with pytest.raises(NeuralShapesError, match="not baked by Neural Shapes; choose another folder"):
        is_up_to_date(path, MADE_FROM)
