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
from neural_shapes.core import shape_file  # noqa: E402
from neural_shapes.core.errors import NeuralShapesError  # noqa: E402
from neural_shapes.operators.targets import active_job  # noqa: E402
from neural_shapes.scene import neural_shape  # noqa: E402
from neural_shapes.scene.time_curve import key_times  # noqa: E402
from neural_shapes.session import normals_playback, playback, source_state, timer, worker  # noqa: E402
from neural_shapes.session.jobs import Job, State  # noqa: E402
from neural_shapes.session.training import train  # noqa: E402
from neural_shapes.worker.client import WorkerClient  # noqa: E402

WORKER = Path(__file__).parent / "workers/unmeasured_worker.py"
SEED = 7
OPERATIONS = 200
# They load what stays loaded: Blender's operators, the undo's stack, the worker.
WARM_UP_SEED, WARM_UP_OPERATIONS = 1, 60
STEPS = 2
FRAMES = 12
RESOLUTION = 16
MOST_OBJECTS = 6
MEMORY_BYTES = 50_000_000
PATIENCE = 120.0
ASKED_FOR = {"train", "cancel", "undo", "redo", "duplicate", "delete", "save", "reload", "scrub"}
# What Blender's event loop calls in a window while it is registered.
TIMERS = (playback._tick, playback._look_at_all, normals_playback._tick, source_state._compare_changed)
PANELS = ("train", "shape", "preview", "surface", "normals", "playback")


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
    """Somebody who does anything at any time, from a seed, in a file with a morph."""

    def __init__(self, seed: int, folder: Path, morph: Path) -> None:
        self.random = random.Random(seed)
        self.file, self.morph = folder / "session.blend", morph
        self.done: list[str] = []
        self.trainings: list[Job] = []
        scene = bpy.context.scene
        scene.frame_start, scene.frame_end = 1, FRAMES
        scene.neural_shapes.extraction.resolution = RESOLUTION
        settings = scene.neural_shapes_playback
        settings.draft_resolution, settings.full_resolution = RESOLUTION // 2, RESOLUTION
        self.add_morph()
        bpy.ops.wm.save_as_mainfile(filepath=str(self.file))

    def act(self) -> None:
        """One operation, then the window's redraw and its timer."""
        actions = {
            self.add: 14, self.train: 12, self.cancel: 5, self.undo: 18, self.redo: 10, self.duplicate: 12,
            self.delete: 10, self.select: 16, self.move: 14, self.remove_shape: 4, self.save: 5,
            self.reload: 4, self.scrub: 16, self.add_morph: 4,
        }  # fmt: skip
        [action] = self.random.choices(list(actions), list(actions.values()))
        self.done.append(action.__name__)
        action()
        draw(self.random.choice(PANELS))
        draw("jobs")
        run_timers()

    def choose(self) -> "bpy.types.Object | None":
        return self.random.choice(list(bpy.context.scene.objects) or [None])

    def add(self) -> None:
        if len(bpy.context.scene.objects) < MOST_OBJECTS:
            bpy.ops.mesh.primitive_cube_add(location=(self.random.random(), 0, 0))
            bpy.ops.ed.undo_push(message="Add")

    def add_morph(self) -> None:
        """A torus that swells along the timeline."""
        if len(bpy.context.scene.objects) < MOST_OBJECTS:
            holder = bpy.data.objects.new("Torus", bpy.data.meshes.new("Torus"))
            neural_shape.store(holder, shape_file.load(self.morph))
            bpy.context.scene.collection.objects.link(holder)
            key_times(holder, [(1, 0.0), (FRAMES, 1.0)], "LINEAR")
            bpy.ops.ed.undo_push(message="Add Morph")

    def scrub(self) -> None:
        for _ in range(3):
            bpy.context.scene.frame_set(self.random.randint(1, FRAMES))
            run_timers()

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
                self.trainings.append(train(source, bpy.context, recipe="draft", steps=STEPS))

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


def run_timers() -> None:
    """What Blender's event loop does, which runs in a window only."""
    timer._tick()
    for tick in TIMERS:
        if bpy.app.timers.is_registered(tick) and tick() is None:
            bpy.app.timers.unregister(tick)


def wait_until_idle() -> None:
    end = time.monotonic() + PATIENCE
    while not worker.jobs.idle or bpy.app.timers.is_registered(playback._tick):
        assert time.monotonic() < end, worker.log_path().read_text()[-2000:]
        time.sleep(0.02)
        run_timers()


def work(artist: Artist, operations: int) -> None:
    """Have an artist do so many operations, and close the file."""
    for operation in range(operations):
        artist.act()
        if operation % 20 == 0:
            wait_until_idle()
    wait_until_idle()
    assert not [job.sentence for job in worker.jobs.told]
    bpy.ops.wm.read_homefile(use_empty=True)


def test_a_session_of_random_operations(blender, root, tmp_path, monkeypatch):
    monkeypatch.setattr(timer, "follow", lambda job: None)
    monkeypatch.setattr(playback, "has_window", lambda: True)
    monkeypatch.setattr(worker, "WorkerClient", partial(WorkerClient, main=WORKER))
    morph = root / "tests/viewport/shapes/space_time.safetensors"
    work(Artist(WARM_UP_SEED, tmp_path, morph), WARM_UP_OPERATIONS)
    before = memory() if sys.platform == "linux" else 0
    artist = Artist(SEED, tmp_path, morph)
    work(artist, OPERATIONS)
    assert set(artist.done) >= ASKED_FOR
    assert {job.state for job in artist.trainings} == {State.DONE, State.CANCELLED}
    if sys.platform == "linux":
        assert memory() - before < MEMORY_BYTES
    worker.jobs.close()
    if sys.platform == "linux":
        assert child_processes() == []
