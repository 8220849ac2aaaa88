"""A morph's training beside a Blender that goes on: nothing is lost, whatever the artist does meanwhile."""

import time

import pytest

bpy = pytest.importorskip("bpy")
from neural_shapes.scene import neural_shape  # noqa: E402
from neural_shapes.scene.morph_properties import source_names  # noqa: E402
from neural_shapes.scene.time_curve import time_at_frame  # noqa: E402
from neural_shapes.session import morphing, timer, worker  # noqa: E402
from neural_shapes.session.jobs import State  # noqa: E402

PATIENCE = 240.0


@pytest.fixture
def window(blender, monkeypatch):
    """Three keyed boxes; without a window no timer runs, so the tests call it as Blender would."""
    monkeypatch.setattr(timer, "follow", lambda job: None)
    settings = blender.context.scene.neural_shapes_morph
    blender.context.scene.neural_shapes.extraction.resolution = 16
    for name, frame, height in (("Low", 1, 1.0), ("High", 11, 2.0), ("Tall", 31, 3.0)):
        blender.ops.mesh.primitive_cube_add(scale=(1, 1, height))
        blender.context.object.name = name
        key = settings.keys.add()
        key.source, key.frame = name, frame
    settings.easing = "LINEAR"
    blender.context.view_layer.update()
    blender.ops.ed.undo_push(message="Keys")
    return blender


def tick_until(condition) -> None:
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up, worker.log_path().read_text()[-2000:]
        time.sleep(0.02)
        timer._tick()


def start(mode: str):
    bpy.context.scene.neural_shapes_morph.mode = mode
    assert bpy.ops.neural_shapes.train_morph() == {"FINISHED"}
    return worker.jobs.active[-1]


def retrain(holder, segment: int):
    bpy.context.view_layer.objects.active = holder
    assert bpy.ops.neural_shapes.retrain_morph(segment=segment) == {"FINISHED"}
    return worker.jobs.active[-1]


def cancel(job) -> None:
    bpy.ops.neural_shapes.cancel(request=job.request)
    tick_until(lambda: not job.active)
    assert job.state is State.CANCELLED


def test_undo_renaming_and_deletion_in_the_middle_of_a_training_lose_nothing(window):
    job = start("blend")
    window.data.objects["Low"].location.x = 5
    window.ops.ed.undo_push(message="Move")
    window.ops.ed.undo()
    window.data.objects["Low"].name = "Flat"
    window.data.objects.remove(window.data.objects["High"])
    window.ops.ed.undo_push(message="Rename and delete")
    tick_until(lambda: worker.jobs.idle)
    assert job.state is State.DONE
    holder = window.data.objects["Flat to Tall Neural"]
    assert source_names(holder) == ["Flat", "High", "Tall"]
    assert (holder.location.x, len(holder.data.polygons) > 100) == (0, True)
    # One step for the surface, one for the morph itself.
    window.ops.ed.undo()
    assert time_at_frame(window.data.objects["Flat to Tall Neural"], 21) == pytest.approx(0.75)
    window.ops.ed.undo()
    assert "Flat to Tall Neural" not in window.data.objects
    window.ops.ed.redo()
    holder = window.data.objects["Flat to Tall Neural"]
    assert len(neural_shape.read(holder).keys) == 3
    assert time_at_frame(holder, 6) == pytest.approx(0.25)


def test_the_preview_shows_the_frames_moment_and_cancel_keeps_what_was_reached(window, monkeypatch):
    shown = []
    monkeypatch.setattr(morphing, "show_training", lambda job, message, time: shown.append((message, time)))
    job = start("flow")
    tick_until(lambda: shown and "shape" in shown[-1][0].arrays and job.progress["step"] > 5)
    cancel(job)
    tick_until(lambda: worker.jobs.idle)
    holder = window.data.objects["Low to High Neural"]
    shape = neural_shape.read(holder)
    assert ([key.source for key in shape.keys], shape.measures) == (["Low", "High"], {})
    assert [time_at_frame(holder, frame) for frame in (1, 6, 11, 31)] == pytest.approx([0, 0.5, 1, 1])
    for frame, time_shown in ((0, 0.0), (6, 0.5), (21, 1.0)):
        window.context.scene.frame_set(frame)
        assert shown[-1][1](shape) == pytest.approx(time_shown)

    uuid = neural_shape.shape_uuid(holder)
    cancel(retrain(holder, 0))
    assert neural_shape.shape_uuid(window.data.objects["Low to High Neural"]) == uuid
    job = retrain(holder, 0)
    tick_until(lambda: job.progress.get("step", 0) > 5)
    cancel(job)
    tick_until(lambda: worker.jobs.idle)
    holder = window.data.objects["Low to High Neural"]
    assert neural_shape.shape_uuid(holder) != uuid
    assert time_at_frame(holder, 6) == pytest.approx(0.5)
