"""What scrubbing a morph costs: a table over morphs, as Markdown.

    python benchmarks/scrubbing.py MORPHS [--vertices 50000] [--resolution 64] [--threads 2] [--json FILE]

Blender and the worker are the real ones, without a window: what playback's timer would do, this does. A
frame that is ready is timed from its change to the end of its evaluation, handlers included, with meshes of
about so many vertices. For a frame that is not ready the time runs until its mesh is on the object; beside it
is the longest time that Blender's own thread is held on the way. Medians, in milliseconds.
"""

import argparse
import json
import time
from pathlib import Path

import bpy
import numpy as np
from neural_shapes.core import shape_file
from neural_shapes.scene import neural_shape
from neural_shapes.scene.moment_mesh import TIME_DIGITS, moment_of
from neural_shapes.scene.time_curve import key_times
from neural_shapes.session import playback
from neural_shapes.session.worker import jobs

# Of the morph, and of those the ones that are made ready: enough for medians.
FRAMES, READY_FRAMES = 20, 6
COLUMNS = ("morph", "vertices", "ready frame", "not ready", "Blender held")


def main() -> None:
    """Measure, print."""
    arguments = _arguments()
    playback.has_window = lambda: True
    rows = []
    print("| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS))
    for path in arguments.morphs:
        rows.append({"morph": path.stem, **_row(path, arguments)})
        print("| " + " | ".join(_text(rows[-1][column]) for column in COLUMNS) + " |", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))
    jobs.close()


def _row(path: Path, arguments: argparse.Namespace) -> dict[str, float]:
    holder = _open(path, arguments.threads)
    _choose(arguments.resolution)
    _rest()
    waits, holds = zip(*(_scrub_to(holder, frame) for frame in range(2, FRAMES + 1)), strict=True)
    vertices = len(holder.data.vertices)
    _choose(round(arguments.resolution * (arguments.vertices / vertices) ** 0.5))
    frames = range(1, READY_FRAMES + 1)
    for frame in frames:
        _scrub_to(holder, frame)
    # Once round, so that what Blender makes of a mesh at first sight is there, then timed.
    ready = [_seconds_to_ready(holder, frame) for _ in range(4) for frame in frames][READY_FRAMES:]
    figures = (len(holder.data.vertices), *(1000 * float(np.median(s)) for s in (ready, waits, holds)))
    return dict(zip(COLUMNS[1:], figures, strict=True))


def _open(path: Path, threads: int) -> bpy.types.Object:
    """An empty file with an object that carries the morph, its Time keyed over the frames."""
    import addon_utils  # Importable once bpy is.

    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon_utils.enable("neural_shapes", default_set=True)
    preferences = bpy.context.preferences.addons["neural_shapes"].preferences
    preferences.threads, preferences.low_priority = threads, False
    holder = bpy.data.objects.new("Morph", bpy.data.meshes.new("Morph"))
    neural_shape.store(holder, shape_file.load(path))
    bpy.context.scene.collection.objects.link(holder)
    key_times(holder, [(1, 0.0), (FRAMES, 1.0)], "LINEAR")
    bpy.context.scene.frame_set(1)
    return holder


def _choose(resolution: int) -> None:
    """One resolution for the draft and the rest, and nothing made ready ahead."""
    settings = bpy.context.scene.neural_shapes_playback
    settings.draft_resolution = settings.full_resolution = resolution
    settings.cache_megabytes = 4096
    bpy.context.scene.frame_end = 1


def _scrub_to(holder: bpy.types.Object, frame: int) -> tuple[float, float]:
    """Seconds until a frame's mesh is on the object, and the longest call on the way."""
    resolution = bpy.context.scene.neural_shapes_playback.draft_resolution
    started = time.perf_counter()
    longest = _seconds_of_change(frame)
    wanted = round(holder.neural_shapes.time, TIME_DIGITS)
    while (shown := moment_of(holder.data)) is None or (shown.time, shown.resolution) != (wanted, resolution):
        time.sleep(0.002)
        called = time.perf_counter()
        playback._tick()
        longest = max(longest, time.perf_counter() - called)
    return time.perf_counter() - started, longest


def _seconds_to_ready(holder: bpy.types.Object, frame: int) -> float:
    seconds = _seconds_of_change(frame)
    if moment_of(holder.data).time != round(holder.neural_shapes.time, TIME_DIGITS):
        raise SystemExit("A frame that was made ready was not shown at once.")
    return seconds


def _seconds_of_change(frame: int) -> float:
    started = time.perf_counter()
    bpy.context.scene.frame_set(frame)
    return time.perf_counter() - started


def _rest() -> None:
    while playback._tick() is not None:
        time.sleep(0.01)


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.0f}" if value > 100 else f"{value:.1f}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("morphs", nargs="+", type=Path)
    parser.add_argument("--vertices", type=int, default=50_000)
    parser.add_argument("--resolution", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2, help="of the worker")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
