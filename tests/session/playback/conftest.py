"""A torus whose tube swells over time, in a Blender that has a window as far as playback knows."""

import time
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest
from neural_shapes.core import shape_file
from neural_shapes.scene import neural_shape
from neural_shapes.scene.moment_mesh import Moment, moment_of
from neural_shapes.scene.time_curve import key_times
from neural_shapes.session import following, playback, timer, worker


class Playing:
    """What tests of playback do, in place of Blender's event loop, and what they see."""

    PATIENCE = 60.0
    DRAFT, FULL = 8, 16
    # The committed shape: a torus whose tube swells by SWELLING from time 0 to time 1.
    RING, TUBE, SWELLING = 0.5, 0.2, 0.1

    @staticmethod
    def key(holder: bpy.types.Object, frame: int, now: float) -> None:
        key_times(holder, [(frame, now)], "LINEAR")

    def tick_until(self, condition: Callable[[], bool]) -> list[float]:
        """Run the timers until something is true; returns the computing time of each call."""
        seconds, give_up = [], time.monotonic() + self.PATIENCE
        while not condition():
            assert time.monotonic() < give_up, worker.log_path().read_text()[-2000:]
            time.sleep(0.01)
            started = time.thread_time()
            playback._tick()
            seconds.append(time.thread_time() - started)
        return seconds

    def tick_to_rest(self) -> None:
        """Run the timers until nothing is wanted any more, and what was cancelled has ended too."""
        give_up = time.monotonic() + self.PATIENCE
        while playback._tick() is not None or timer._tick() is not None:
            assert time.monotonic() < give_up, worker.log_path().read_text()[-2000:]
            time.sleep(0.01)

    def run_timers_to_rest(self) -> None:
        """What Blender's event loop does, until no timer is registered any more."""
        give_up, left = time.monotonic() + self.PATIENCE, True
        while left:
            assert time.monotonic() < give_up, worker.log_path().read_text()[-2000:]
            for module in (playback, timer):
                if bpy.app.timers.is_registered(module._tick) and module._tick() is None:
                    bpy.app.timers.unregister(module._tick)
            left = any(bpy.app.timers.is_registered(module._tick) for module in (playback, timer))
            time.sleep(0.01)

    @staticmethod
    def shown(holder: bpy.types.Object) -> Moment | None:
        return moment_of(holder.data)

    def shows(self, holder: bpy.types.Object, now: float, resolution: int = FULL) -> Callable[[], bool]:
        """A condition: that the object's mesh is that of a time."""

        def is_shown() -> bool:
            moment = self.shown(holder)
            return moment is not None and moment[1:3] == (pytest.approx(now), resolution)

        return is_shown

    def tube_radius(self, mesh: bpy.types.Mesh) -> float:
        positions = np.empty((len(mesh.vertices), 3), np.float32)
        mesh.vertices.foreach_get("co", positions.reshape(-1))
        to_ring = np.hypot(positions[:, 0], positions[:, 1]) - self.RING
        return float(np.hypot(to_ring, positions[:, 2]).mean())

    @staticmethod
    def ready_times() -> set[float]:
        return {key.moment.time for key in following.cache._entries}


@pytest.fixture
def playing() -> Playing:
    return Playing()


@pytest.fixture
def window(shared_blender, playing, monkeypatch):
    """An empty file in a Blender with a window, as far as playback knows; tests call its timers."""
    monkeypatch.setattr(playback, "has_window", lambda: True)
    monkeypatch.setattr(following, "REST_SECONDS", 0.0)
    shared_blender.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    settings = shared_blender.context.scene.neural_shapes_playback
    settings.draft_resolution, settings.full_resolution = playing.DRAFT, playing.FULL
    return shared_blender


@pytest.fixture
def torus(window, playing, root: Path) -> bpy.types.Object:
    """An object that carries the morph, keyed from frame 1 to frame 11."""
    holder = window.data.objects.new("Torus", window.data.meshes.new("Torus"))
    neural_shape.store(holder, shape_file.load(root / "tests/viewport/shapes/space_time.safetensors"))
    window.context.scene.collection.objects.link(holder)
    window.context.scene.frame_end = 11
    playing.key(holder, 1, 0.0)
    playing.key(holder, 11, 1.0)
    window.context.scene.frame_set(1)
    playing.tick_to_rest()
    return holder
