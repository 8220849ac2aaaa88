"""A bake writes whole frames that follow the morph, keeps what is up to date, and can be interrupted."""

import os
import resource
import time
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

import trimesh
from neural_shapes.core.atomic_write import ABANDONED_SECONDS, unfinished_path
from neural_shapes.core.errors import Cancelled, NeuralShapesError
from neural_shapes.core.fields.analytic import Torus
from neural_shapes.core.fields.nested import NestedField
from neural_shapes.core.frames.bake import FrameSettings, FrameTime, bake_frames
from neural_shapes.core.frames.carried import PaintedMesh
from neural_shapes.core.frames.frame_files import frame_path
from neural_shapes.core.geometry.mesh import TriangleMesh

FRAMES = [FrameTime(frame, (frame - 1) / 4, 0.25) for frame in range(1, 4)]
SETTINGS = FrameSettings(24)


def bake(shape, folder, frames=FRAMES, settings=SETTINGS, painted=None, digest="a", progress=None):
    report = progress or (lambda done, count: None)
    return bake_frames(shape, digest, frames, folder, settings, painted, report, "cpu")


def read(folder, frame: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The vertices of a file and all their properties, as trimesh reads them."""
    mesh = trimesh.load(folder / f"frame_{frame:04}.ply", process=False)
    return mesh.vertices, mesh.metadata["_ply_raw"]["vertex"]["data"]


def columns(raw, *names: str) -> np.ndarray:
    return np.stack([raw[name].ravel() for name in names], axis=1)


def states(folder) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_each_frame_is_the_surface_at_its_time_and_moves_to_the_next_one(swelling, tmp_path):
    assert bake(swelling, tmp_path / "bake").made == 3
    for frame in FRAMES:
        vertices, raw = read(tmp_path / "bake", frame.frame)
        now, then = (Torus(0.5, 0.2 + 0.1 * time) for time in (frame.time, frame.time + 0.25))
        distances, normals = now.value_and_gradient(vertices)
        assert np.abs(distances).max() < 0.01
        written = columns(raw, "normal_x", "normal_y", "normal_z")
        np.testing.assert_array_less(0.97, (written * normals).sum(axis=1))
        velocity = columns(raw, "velocity_x", "velocity_y", "velocity_z")
        # The torus swells by 0.025 in a frame; the network follows it to about a tenth of that.
        assert np.abs(then.value(vertices + velocity)).mean() < 0.3 * np.abs(then.value(vertices)).mean()


def test_what_is_up_to_date_stays_and_the_rest_is_made_anew(swelling, tmp_path):
    folder, frames = tmp_path / "bake", FRAMES[:2]
    bake(swelling, folder, frames)
    before = states(folder)
    again = bake(swelling, folder, frames)
    assert (again.made, again.kept) == (0, 2)
    assert states(folder) == before
    moved = [frames[0], replace(frames[1], time=0.6)]
    assert bake(swelling, folder, moved).made == 1
    changed = [name for name, state in states(folder).items() if state != before[name]]
    assert changed == ["frame_0002.ply"]
    damaged = folder / "frame_0001.ply"
    damaged.write_bytes(damaged.read_bytes()[:-50])
    assert bake(swelling, folder, moved).made == 1
    assert bake(swelling, folder, moved, digest="b").made == 2
    assert bake(swelling, folder, moved, FrameSettings(25), digest="b").made == 2


def test_ranges_that_are_baked_apart_are_one_bake(swelling, tmp_path):
    """Nothing in a folder belongs to all frames."""
    bake(swelling, tmp_path, FRAMES[:2])
    bake(swelling, tmp_path, FRAMES[2:])
    assert bake(swelling, tmp_path).kept == 3
    assert sorted(states(tmp_path)) == [f"frame_{frame:04}.ply" for frame in range(1, 4)]


def test_an_interrupted_bake_leaves_whole_frames_and_goes_on(swelling, tmp_path):
    told = []

    def stop_after_one(done: int, count: int) -> None:
        told.append((done, count))
        if done == 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        bake(swelling, tmp_path, progress=stop_after_one)
    assert told == [(0, 3), (1, 3)]
    assert sorted(states(tmp_path)) == ["frame_0001.ply"]
    told.clear()
    assert bake(swelling, tmp_path, progress=lambda *done: told.append(done)).kept == 1
    assert told == [(0, 2), (1, 2)]


def test_what_a_killed_bake_left_half_written_is_removed(swelling, tmp_path):
    abandoned, being_written = (unfinished_path(frame_path(tmp_path, frame)) for frame in (2, 3))
    others = [tmp_path / "notes.part", tmp_path / ".video.mp4.part", unfinished_path(tmp_path / "map.png")]
    for path in (abandoned, being_written, *others):
        path.write_bytes(b"half")
    for path in (abandoned, *others):
        os.utime(path, (time.time() - 2 * ABANDONED_SECONDS,) * 2)
    bake(swelling, tmp_path, FRAMES[:1])
    left = [being_written.name, "frame_0001.ply", *(path.name for path in others)]
    assert sorted(states(tmp_path)) == sorted(left)


def test_a_file_that_another_process_finishes_meanwhile_stops_no_bake(swelling, tmp_path):
    """A link to nothing: the folder's listing names it, but it is gone when it is looked at."""
    unfinished_path(frame_path(tmp_path, 2)).symlink_to(tmp_path / "finished")
    assert bake(swelling, tmp_path, FRAMES[:1]).made == 1


def test_a_file_that_cannot_be_written_whole_is_not_there_at_all(swelling, tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(NeuralShapesError, match=r"frame_0001\.ply could not be written: File too large"):
            bake(swelling, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not states(tmp_path)


def test_folders_that_cannot_be_are_refused_in_a_sentence(swelling, tmp_path):
    with pytest.raises(NeuralShapesError, match=r"There is no folder .*/none to make bake in"):
        bake(swelling, tmp_path / "none" / "bake")
    (tmp_path / "file").write_text("")
    with pytest.raises(NeuralShapesError, match="could not be made: File exists"):
        bake(swelling, tmp_path / "file")


def test_a_morph_that_vanishes_names_the_frame(swelling, tmp_path):
    level = swelling.field.levels[0]
    outside = replace(level.network, biases=(*level.network.biases[:-1], np.float32([9])))
    field = NestedField((replace(level, network=outside),))
    with pytest.raises(NeuralShapesError, match="no surface at frame 1"):
        bake(replace(swelling, field=field), tmp_path)


def test_the_flow_carries_colours_and_uvs_along(turning, tmp_path):
    """A half of the first mesh is red, another half another material; a radian later both have turned."""
    torus = trimesh.creation.torus(1.0, 0.4, 64, 32)
    mesh = TriangleMesh(torus.vertices + np.array([1, 2, 3]), torus.faces)
    uvs = mesh.corners[..., :2] - [1, 2]
    colours = np.zeros((len(mesh.faces), 3, 4))
    colours[..., 0], colours[..., 3] = uvs[..., 0] > 0, 1
    painted = PaintedMesh(mesh, colours, uvs, (uvs[:, 0, 1] > 0).astype(int))
    bake(turning, tmp_path, [FrameTime(1, 0.0, 0.1), FrameTime(5, 1.0, 0.1)], painted=painted)
    for frame, angle in ((1, 0.0), (5, 1.0)):
        vertices, raw = read(tmp_path, frame)
        x, y = (vertices - [1, 2, 3])[:, :2].T
        cosine, sine = np.cos(angle), np.sin(angle)
        back = np.stack([cosine * x + sine * y, cosine * y - sine * x], axis=1)
        np.testing.assert_allclose(columns(raw, "s", "t"), back, atol=0.04)
        painted_halves = columns(raw, "red", "material") > 0.5
        clear = np.abs(back) > 0.15
        np.testing.assert_array_equal(painted_halves[clear], (back > 0)[clear])
    velocity = columns(raw, "velocity_x", "velocity_y", "velocity_z")
    # 0.4 radians in 0.75 of the morph's time, of which a tenth passes in a frame.
    expected = 0.1 * 0.4 / 0.75 * np.stack([-y, x, 0 * x], axis=1)
    np.testing.assert_allclose(velocity, expected, atol=1e-4)
