"""The worker dies, hangs or runs out of memory in each kind of job: a sentence, and the next job works."""

import sys
import time
from functools import partial
from pathlib import Path

import pytest

bpy = pytest.importorskip("bpy")
from neural_shapes.core import shape_file  # noqa: E402
from neural_shapes.scene import neural_shape  # noqa: E402
from neural_shapes.scene.target_mesh import digest  # noqa: E402
from neural_shapes.session import timer, worker  # noqa: E402
from neural_shapes.session.jobs import Job, State  # noqa: E402
from neural_shapes.worker import client as client_module  # noqa: E402

WORKER = Path(__file__).parent / "workers/faulty_worker.py"
PATIENCE = 120.0
# By fault, the state in which a job ends and what its sentence says.
ENDS = {
    "killed": (State.FAILED, "memory ran out"),
    "memory": (State.FAILED, "Memory ran out"),
    "hung": (State.CANCELLED, ""),
}

# Each operator that gives the worker a job, and what is selected for it.
JOBS = {
    "train": "Source",
    "resume": "Shape",
    "extract_surface": "Shape",
    "transfer_normals": "Low",
    "bake_map": "Low",
    "conform": "Low",
    "map_attribute": "Low",
}


@pytest.fixture
def window(blender, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A source, its shape and a low-poly mesh, and a worker with the fault of the file `fault`."""
    monkeypatch.setattr(timer, "follow", lambda job: None)
    monkeypatch.setattr(client_module, "CANCEL_SECONDS", 0.2)
    monkeypatch.setattr(worker, "WorkerClient", partial(client_module.WorkerClient, main=WORKER))
    monkeypatch.setenv("NEURAL_SHAPES_TEST_FAULT", str(tmp_path / "fault"))
    for name in ("Source", "Shape", "Low"):
        blender.ops.mesh.primitive_uv_sphere_add(segments=8, ring_count=6)
        blender.context.object.name = name
    holder = blender.data.objects["Shape"]
    neural_shape.store(holder, shape_file.load(root / "tests/viewport/shapes/residual.safetensors"))
    holder.neural_shapes.source = "Source"
    blender.context.scene.neural_shapes_mapping.mapping.detail = holder.name
    blender.context.scene.neural_shapes.extraction.resolution = 16
    return blender


def started(operator: str, selected: str) -> Job:
    """The job that an operator starts for an object."""
    bpy.ops.object.select_all(action="DESELECT")
    bpy.data.objects[selected].select_set(True)
    bpy.context.view_layer.objects.active = bpy.data.objects[selected]
    assert getattr(bpy.ops.neural_shapes, operator)() == {"FINISHED"}
    return worker.jobs.active[-1]


def tick_until(condition) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, worker.log_path().read_text()[-2000:]
        time.sleep(0.02)
        timer._tick()


def scene_state() -> dict[str, object]:
    """What a failed job must not have changed."""
    shapes = filter(neural_shape.has_shape, bpy.data.objects)
    return {
        **{found.name: digest(found.data) for found in bpy.data.objects},
        **{found.name + " attributes": found.data.attributes.keys() for found in bpy.data.objects},
        **{found.name + " networks": neural_shape.shape_uuid(found) for found in shapes},
    }


@pytest.mark.skipif(sys.platform == "win32", reason="kills with a signal")
def test_each_kind_of_job_ends_with_a_sentence_and_the_scene_as_it_was(window, tmp_path: Path):
    before = scene_state()
    for fault, (state, sentence) in ENDS.items():
        (tmp_path / "fault").write_text(fault)
        for operator, selected in JOBS.items():
            job = started(operator, selected)
            if fault == "hung":
                tick_until(lambda: job.progress)  # noqa: B023
                window.ops.neural_shapes.cancel(request=job.request)
            tick_until(lambda: not job.active)  # noqa: B023
            assert (job.state, sentence in job.sentence) == (state, True), (fault, operator)
            assert scene_state() == before, (fault, operator)
    (tmp_path / "fault").unlink()
    job = started("extract_surface", "Shape")
    tick_until(lambda: not job.active)
    assert job.state is State.DONE, job.sentence


def test_what_ends_after_its_cancel_changes_nothing(window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client_module, "CANCEL_SECONDS", PATIENCE)
    before = scene_state()
    (tmp_path / "fault").write_text("deaf")
    for operator in JOBS.keys() - {"train", "resume"}:  # Those keep what they have reached.
        job = started(operator, JOBS[operator])
        tick_until(lambda: job.progress)  # noqa: B023
        window.ops.neural_shapes.cancel(request=job.request)
        tick_until(lambda: not job.active)  # noqa: B023
        assert job.state is State.CANCELLED, (operator, job.sentence)
        assert scene_state() == before, operator
