"""A bake beside a Blender that goes on: it follows the evaluated Time, and nothing is lost or misplaced."""

import json
import time

import pytest

bpy = pytest.importorskip("bpy")
from neural_shapes.core import shape_file  # noqa: E402
from neural_shapes.core.frames.mesh_frame import read_made_from  # noqa: E402
from neural_shapes.scene import neural_shape  # noqa: E402
from neural_shapes.session import timer, worker  # noqa: E402
from neural_shapes.session.jobs import State  # noqa: E402

PATIENCE = 240.0


@pytest.fixture
def morph(shared_blender, root, tmp_path):
    """A morph that passes from frame 11 to frame 21, to be baked from frame 10 to 13 in 16 cells."""
    from neural_shapes.scene.time_curve import key_times

    found = shared_blender.data.objects.new("Morph", shared_blender.data.meshes.new("Morph"))
    neural_shape.store(found, shape_file.load(root / "tests/viewport/shapes/space_time.safetensors"))
    shared_blender.context.collection.objects.link(found)
    shared_blender.context.view_layer.objects.active = found
    found.select_set(True)
    key_times(found, [(11, 0.0), (21, 1.0)], "LINEAR")
    settings = found.neural_shapes_bake
    settings.resolution, settings.folder = 16, str(tmp_path / "frames")
    settings.scene_frames, settings.first, settings.last = False, 10, 13
    yield found
    shared_blender.ops.wm.read_homefile(use_empty=True)
    while worker.jobs.active:
        timer._tick()


@pytest.fixture
def window(monkeypatch):
    """Without a window no timer runs; the tests call it as Blender's event loop would."""
    monkeypatch.setattr(timer, "follow", lambda job: None)


def baked_times(tmp_path) -> dict[str, tuple[float, float]]:
    """Of each frame's file, the time that it shows and the time that passes in a frame."""
    sources = {path.stem: read_made_from(path) for path in (tmp_path / "frames").iterdir()}
    return {name: (made_from["time"], made_from["speed"]) for name, made_from in sorted(sources.items())}


def tick_until(condition, stopwatch) -> None:
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up, worker.log_path().read_text()[-2000:]
        time.sleep(0.02)
        stopwatch(timer._tick)


def test_frames_follow_the_f_curve_and_the_playhead_stays(morph, tmp_path):
    bpy.context.scene.frame_set(17, subframe=0.25)
    assert bpy.ops.neural_shapes.bake_morph() == {"FINISHED"}
    # A key is a corner of the F-curve: half a frame before it nothing moves.
    assert baked_times(tmp_path) == {
        "frame_0010": (0.0, 0.0),
        "frame_0011": (0.0, 0.05),
        "frame_0012": (0.1, 0.1),
        "frame_0013": (0.2, 0.1),
    }
    assert (bpy.context.scene.frame_current, bpy.context.scene.frame_subframe) == (17, 0.25)
    bpy.context.scene.frame_set(13)
    baked = bpy.data.objects["Morph Baked"]
    assert len(baked.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.polygons) > 100


def test_the_interface_does_not_wait_and_undo_in_between_is_harmless(morph, window, tmp_path, stopwatch):
    bpy.ops.ed.undo_push(message="Keyed")
    assert bpy.ops.neural_shapes.bake_morph() == {"FINISHED"}
    [job] = worker.jobs.active
    morph.location.x = 3
    bpy.ops.ed.undo_push(message="Moved")
    bpy.ops.ed.undo()
    tick_until(lambda: not job.active, stopwatch)
    assert job.state is State.DONE
    assert not stopwatch.noticed
    baked, morph = bpy.data.objects["Morph Baked"], bpy.data.objects["Morph"]
    assert (baked.parent, morph.location.x) == (morph, 0)
    bpy.ops.ed.undo()
    assert "Morph Baked" not in bpy.data.objects
    bpy.ops.ed.redo()
    assert "Morph Baked" in bpy.data.objects


def test_progress_counts_frames_and_cancel_keeps_those_that_are_done(morph, window, tmp_path, stopwatch):
    morph.neural_shapes_bake.last = 200
    bpy.ops.neural_shapes.bake_morph()
    [job] = worker.jobs.active
    tick_until(lambda: job.progress.get("step", 0) >= 2, stopwatch)
    assert (job.progress["steps"], job.progress["phase"]) == (191, "baking frames")
    assert job.progress["seconds_left"] > 0
    assert "of 191" in timer.progress_line(job)
    json.dumps(job.progress)
    assert bpy.ops.neural_shapes.cancel(request=job.request) == {"FINISHED"}
    tick_until(lambda: not job.active, stopwatch)
    assert job.state is State.CANCELLED
    done = sorted((tmp_path / "frames").iterdir())
    assert 2 <= len(done) < 191
    assert all(read_made_from(path) for path in done)
    assert "Morph Baked" not in bpy.data.objects


def test_a_render_in_between_is_harmless(morph, window, tmp_path, stopwatch):
    scene = bpy.context.scene
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(scene.camera)
    scene.render.engine, scene.cycles.samples = "CYCLES", 1
    scene.render.resolution_x = scene.render.resolution_y = 8
    scene.render.filepath = str(tmp_path / "picture")
    scene.frame_start, scene.frame_end = 11, 12
    bpy.ops.neural_shapes.bake_morph()
    [job] = worker.jobs.active
    bpy.ops.render.render(animation=True)
    tick_until(lambda: not job.active, stopwatch)
    assert job.state is State.DONE
    assert len(baked_times(tmp_path)) == 4
    assert "Morph Baked" in bpy.data.objects


def test_a_morph_that_is_deleted_meanwhile_leaves_its_frames(morph, window, tmp_path, stopwatch):
    bpy.ops.neural_shapes.bake_morph()
    [job] = worker.jobs.active
    bpy.data.objects.remove(morph)
    tick_until(lambda: not job.active, stopwatch)
    assert job.state is State.DONE
    assert (len(baked_times(tmp_path)), len(bpy.data.objects)) == (4, 0)
