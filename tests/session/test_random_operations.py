"""Two hundred operations in a row, whatever comes next: nothing crashes, sticks, leaks or runs on."""

import gc
import os
import random
import sys
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

bpy = pytest.importorskip("bpy")
from neural_shapes.core.errors import NeuralShapesError  # noqa: E402
from neural_shapes.operators.targets import active_job  # noqa: E402
from neural_shapes.scene import neural_shape  # noqa: E402
from neural_shapes.session import timer, worker  # noqa: E402
from neural_shapes.session.training import train  # noqa: E402
from neural_shapes.worker.client import WorkerClient  # noqa: E402

WORKER = Path(__file__).parent / "workers/unmeasured_worker.py"
SEED = 7
OPERATIONS = 200
# The first ones load what stays loaded: Blender's operators, the undo's stack, the worker.
WARM_UP = 60
STEPS = 2
MOST_OBJECTS = 6
MEMORY_BYTES = 50_000_000
PATIENCE = 120.0
PANELS = ("train", "shape", "preview", "surface", "normals")


def memory() -> int:
    """Bytes of this process that are in memory (Linux)."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def child_processes() -> list[int]:
    """The running processes that this one has started (Linux)."""
    return [
        int(child)
        for task in Path("/proc/self/task").iterdir()
        for child in (task / "children").read_text().split()
    ]


class Artist:
    """Somebody who does anything at any time, from a seed."""

    def __init__(self, folder: Path) -> None:
        self.random = random.Random(SEED)
        self.file = folder / "session.blend"
        self.done: list[str] = []
        bpy.ops.wm.save_as_mainfile(filepath=str(self.file))

    def act(self) -> None:
        """One operation, then the window's redraw and its timer."""
        actions = {
            self.add: 14, self.train: 12, self.cancel: 5, self.undo: 18, self.redo: 10, self.duplicate: 12,
            self.delete: 10, self.select: 16, self.move: 14, self.remove_shape: 4, self.save: 5,
            self.reload: 4,
        }  # fmt: skip
        [action] = self.random.choices(list(actions), list(actions.values()))
        self.done.append(action.__name__)
        action()
        draw(self.random.choice(PANELS))
        draw("jobs")
        timer._tick()

    def choose(self) -> "bpy.types.Object | None":
        return self.random.choice(list(bpy.context.scene.objects) or [None])

    def add(self) -> None:
        if len(bpy.context.scene.objects) < MOST_OBJECTS:
            bpy.ops.mesh.primitive_cube_add(location=(self.random.random(), 0, 0))
            bpy.ops.ed.undo_push(message="Add")

    def select(self) -> None:
        for found in bpy.context.scene.objects:
            found.select_set(self.random.random() < 0.5)
        bpy.context.view_layer.objects.active = self.choose()

    def train(self) -> None:
        source = self.choose()
        if source is not None and not neural_shape.has_shape(source):
            if active_job(source):
                with pytest.raises(NeuralShapesError, match="is being worked on"):
                    train(source, bpy.context)
            else:
                train(source, bpy.context, recipe="draft", steps=STEPS)

    def cancel(self) -> None:
        if bpy.ops.neural_shapes.cancel.poll():
            bpy.ops.neural_shapes.cancel()

    def undo(self) -> None:
        if bpy.ops.ed.undo.poll():
            bpy.ops.ed.undo()

    def redo(self) -> None:
        if bpy.ops.ed.redo.poll():
            bpy.ops.ed.redo()

    def duplicate(self) -> None:
        if bpy.context.selected_objects and len(bpy.context.scene.objects) < MOST_OBJECTS:
            bpy.ops.object.duplicate()
            bpy.ops.ed.undo_push(message="Duplicate")

    def delete(self) -> None:
        if bpy.context.selected_objects:
            bpy.ops.object.delete()
            bpy.ops.ed.undo_push(message="Delete")

    def move(self) -> None:
        if (found := self.choose()) is not None:
            found.location.x += 1
            bpy.context.view_layer.update()
            bpy.ops.ed.undo_push(message="Move")

    def remove_shape(self) -> None:
        if bpy.ops.neural_shapes.remove_shape.poll():
            bpy.ops.neural_shapes.remove_shape()

    def save(self) -> None:
        bpy.ops.wm.save_mainfile()

    def reload(self) -> None:
        bpy.ops.wm.open_mainfile(filepath=str(self.file))


class Layout:
    """Takes whatever a panel draws."""

    def __getattr__(self, name: str) -> "Layout":
        return self

    def __call__(self, *_: object, **__: object) -> "Layout":
        return self


def draw(name: str) -> None:
    """Draw a panel as the window would."""
    panel = getattr(bpy.types, f"NEURAL_SHAPES_PT_{name}")
    context = SimpleNamespace(
        scene=bpy.context.scene,
        object=bpy.context.object,
        selected_objects=bpy.context.selected_objects,
        view_layer=bpy.context.view_layer,
        mode=bpy.context.mode,
        region=SimpleNamespace(width=300),
        preferences=SimpleNamespace(system=SimpleNamespace(ui_scale=1.0)),
    )
    if not hasattr(panel, "poll") or panel.poll(context):
        panel.draw(SimpleNamespace(layout=Layout()), context)


def wait_until_idle() -> None:
    end = time.monotonic() + PATIENCE
    while not worker.jobs.idle:
        assert time.monotonic() < end, worker.log_path().read_text()[-2000:]
        time.sleep(0.02)
        timer._tick()


def test_a_session_of_random_operations(blender, tmp_path, monkeypatch):
    monkeypatch.setattr(timer, "follow", lambda job: None)
    monkeypatch.setattr(worker, "WorkerClient", partial(WorkerClient, main=WORKER))
    blender.context.scene.neural_shapes.extraction.resolution = 16
    artist = Artist(tmp_path)
    before = 0
    for operation in range(OPERATIONS):
        if operation == WARM_UP and sys.platform == "linux":
            before = memory()
        artist.act()
        if operation % 20 == 0:
            wait_until_idle()
    wait_until_idle()
    assert {"train", "cancel", "undo", "redo", "reload"} <= set(artist.done)
    assert not [job.sentence for job in worker.jobs.failed]
    blender.ops.wm.read_homefile(use_empty=True)
    if sys.platform == "linux":
        assert memory() - before < MEMORY_BYTES
    worker.jobs.close()
    if sys.platform == "linux":
        assert child_processes() == []
