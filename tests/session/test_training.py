"""A training beside a Blender that goes on: nothing blocks, nothing is lost or misplaced."""

import time

import pytest

bpy = pytest.importorskip("bpy")
from neural_shapes.scene import neural_shape  # noqa: E402
from neural_shapes.session import timer, worker  # noqa: E402
from neural_shapes.session.jobs import State  # noqa: E402

PATIENCE = 240.0
# What an artist does not notice, of this process's own computing time.


@pytest.fixture
def window(blender, monkeypatch):
    """Without a window no timer runs; the tests call it as Blender's event loop would."""
    monkeypatch.setattr(timer, "follow", lambda job: None)
    settings = blender.context.scene.neural_shapes
    settings.training.preset = "draft"
    settings.training.seconds = 0.5
    settings.extraction.resolution = 32
    return blender


def tick_until(condition, timed=lambda call: call()) -> None:
    """Run the timer until something is true."""
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up, worker.log_path().read_text()[-2000:]
        time.sleep(0.02)
        timed(timer._tick)


def start(source):
    source.select_set(True)
    assert bpy.ops.neural_shapes.train() == {"FINISHED"}
    return worker.jobs.active[-1]


def test_while_it_trains_every_callback_is_short_and_then_the_shape_is_there(window, stopwatch):
    window.ops.mesh.primitive_monkey_add()
    job = start(window.context.object)
    tick_until(lambda: not job.active, stopwatch)
    assert job.state is State.DONE
    # The last call applies the result, behind a busy cursor.
    del stopwatch.computing[-1], stopwatch.elapsed[-1]
    assert len(stopwatch.elapsed) > 10
    assert not stopwatch.noticed
    assert neural_shape.has_shape(window.data.objects["Suzanne Neural"])


def test_the_result_finds_its_source_after_undo_and_renaming(window):
    window.ops.mesh.primitive_cube_add()
    window.ops.ed.undo_push(message="Cube")
    job = start(window.context.object)
    window.context.object.location.x = 5
    window.ops.ed.undo_push(message="Move")
    window.ops.ed.undo()
    window.data.objects["Cube"].name = "Dice"
    tick_until(lambda: not job.active)
    holder = window.data.objects["Dice Neural"]
    assert (holder.location.x, holder.neural_shapes.source) == (0, "Dice")


def test_the_result_arrives_where_a_deleted_source_was(window):
    window.ops.mesh.primitive_cube_add(location=(1, 2, 3))
    window.context.view_layer.update()
    job = start(window.context.object)
    window.data.objects.remove(window.data.objects["Cube"])
    tick_until(lambda: not job.active)
    assert tuple(window.data.objects["Cube Neural"].location) == (1, 2, 3)


def test_a_result_waits_until_edit_mode_is_left(window):
    window.ops.mesh.primitive_cube_add()
    job = start(window.context.object)
    window.ops.object.mode_set(mode="EDIT")
    tick_until(lambda: worker.jobs.is_waiting(job))
    for _ in range(5):
        timer._tick()
    assert len(window.data.objects) == 1
    window.ops.object.mode_set(mode="OBJECT")
    tick_until(lambda: not job.active)
    assert "Cube Neural" in window.data.objects


def test_a_result_arrives_in_pose_mode_as_a_step_of_the_undo(window):
    window.ops.mesh.primitive_cube_add()
    job = start(window.context.object)
    window.ops.object.armature_add()
    window.ops.object.mode_set(mode="POSE")
    window.ops.ed.undo_push(message="Pose")
    tick_until(lambda: not job.active)
    assert "Cube Neural" in window.data.objects
    assert window.context.object.mode == "POSE"
    window.ops.ed.undo()
    assert "Cube Neural" not in window.data.objects
    window.ops.ed.redo()
    assert "Cube Neural" in window.data.objects
    assert window.context.object.mode == "POSE"


def test_another_file_gets_nothing_of_this_ones_jobs(window, tmp_path):
    window.ops.wm.save_as_mainfile(filepath=str(tmp_path / "other.blend"))
    window.ops.mesh.primitive_cube_add()
    job = start(window.context.object)
    window.ops.wm.open_mainfile(filepath=str(tmp_path / "other.blend"))
    tick_until(lambda: not job.active)
    assert not window.data.objects


@pytest.mark.parametrize("content", [None, b"BLENDER, but damaged"], ids=["missing", "damaged"])
def test_a_file_that_cannot_be_opened_leaves_the_training_alone(window, tmp_path, content):
    if content:
        (tmp_path / "other.blend").write_bytes(content)
    window.ops.mesh.primitive_cube_add()
    job = start(window.context.object)
    with pytest.raises(RuntimeError):
        window.ops.wm.open_mainfile(filepath=str(tmp_path / "other.blend"))
    assert not job.cancelling
    tick_until(lambda: not job.active)
    assert job.state is State.DONE
    assert "Cube Neural" in window.data.objects


def test_cancel_keeps_what_was_reached(window):
    window.context.scene.neural_shapes.training.preset = "standard"
    window.context.scene.neural_shapes.training.seconds = 0.0
    window.ops.mesh.primitive_monkey_add()
    job = start(window.context.object)
    tick_until(lambda: job.progress.get("phase") == "training" and job.progress["step"] > 20)
    assert window.ops.neural_shapes.cancel(request=job.request) == {"FINISHED"}
    tick_until(lambda: not job.active)
    assert job.state is State.CANCELLED
    shape = neural_shape.read(window.data.objects["Suzanne Neural"])
    assert 20 < shape.provenance.steps < shape.provenance.planned_steps


def test_a_queued_job_is_cancelled_alone_and_leaves_nothing(window):
    window.ops.mesh.primitive_monkey_add()
    window.ops.mesh.primitive_cube_add(location=(3, 0, 0))
    window.data.objects["Suzanne"].select_set(True)
    window.ops.neural_shapes.train()
    first, second = worker.jobs.active
    assert not window.ops.neural_shapes.train.poll()
    window.ops.neural_shapes.cancel(request=second.request)
    tick_until(lambda: not first.active and not second.active)
    assert (first.state, second.state) == (State.DONE, State.CANCELLED)
    assert len(window.data.objects) == 3


def test_when_the_worker_dies_the_reason_is_told_and_the_scene_is_as_it_was(window):
    window.ops.mesh.primitive_monkey_add()
    job = start(window.context.object)
    tick_until(lambda: job.progress)
    worker.jobs._client._connection.kill()
    tick_until(lambda: not job.active)
    assert job.state is State.FAILED
    assert job.sentence
    assert job in worker.jobs.told
    assert len(window.data.objects) == 1
    window.ops.neural_shapes.dismiss(key=job.uuid)
    assert not worker.jobs.told
