"""The main job as an artist does it: Suzanne is trained by background Blender and by the sidebar."""

import json
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

# The training alone; distances, measuring and extraction come on top.
TRAINING_SECONDS = 5
ARRIVAL_SECONDS = 400.0
PICTURE_EVERY_SECONDS = 1.0
RESOLUTION = 64

EXTENSION = "bl_ext.user_default.neural_shapes"
TRAINED_SO_FAR = f"__import__('{EXTENSION}.session.preview', fromlist=['preview'])._trainings"
# The mean |f| at Suzanne's vertices, in domain units, of a shape that an expression gives.
MEAN_VALUE = f"""
import importlib
import numpy as np
neural_shape = importlib.import_module('{EXTENSION}.scene.neural_shape')
shape = {{shape}}
mesh = bpy.data.objects['Suzanne'].data
points = np.empty((len(mesh.vertices), 3), np.float32)
mesh.vertices.foreach_get('co', points.reshape(-1))
result = float(np.abs(shape.field.value(shape.placement.to_domain(points))).mean())
"""


def test_background_blender_trains_and_saves(blender: Callable, suzanne_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.blend"
    train = ("train", "--object", "Suzanne", "--preset", "draft", "--seconds", TRAINING_SECONDS)
    finished = blender("-b", suzanne_file, "-c", "neural_shapes", *train, "--save", out)
    assert finished.returncode == 0, finished.stdout + finished.stderr

    finished = blender("-b", out, "-c", "neural_shapes", "info", "--json")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    shapes = json.loads(finished.stdout[finished.stdout.index("{") : finished.stdout.rindex("}") + 1])
    assert "Suzanne" in str(shapes)


def test_the_train_button_moves_the_bar_and_brings_the_shape(
    open_window: Callable, suzanne_file: Path
) -> None:
    window = open_window(suzanne_file)
    window.run(
        "settings = bpy.context.scene.neural_shapes\n"
        f"settings.training.preset, settings.training.seconds = 'draft', {TRAINING_SECONDS}\n"
        f"settings.extraction.resolution = {RESOLUTION}"
    )
    window.open_sidebar("Neural Shapes")
    window.picture("train-0-before")
    window.click(*window.find_button("neural_shapes.train"))

    filled = []
    end = time.monotonic() + ARRIVAL_SECONDS
    while window.value("len(bpy.data.objects)") == 1:
        assert time.monotonic() < end, "no shape arrived"
        filled.append(window.progress_pixels(window.picture(f"train-1-running-{len(filled):02d}")))
        time.sleep(PICTURE_EVERY_SECONDS)
    window.picture("train-2-arrived")

    steps = [later - earlier for earlier, later in pairwise(filled)]
    assert sum(step > 0 for step in steps) > sum(step < 0 for step in steps)
    assert max(filled) > 2 * min(filled)
    assert window.value("len(bpy.context.object.data.polygons)") > 1000

    window.hover_viewport()
    window.press("ctrl+z")
    window.wait_until("len(bpy.data.objects) == 1", 10)
    window.press("ctrl+shift+z")
    window.wait_until("len(bpy.data.objects) == 2", 10)
    assert window.value("'neural_shape' in bpy.data.objects['Suzanne Neural']")


def test_a_training_that_is_cancelled_by_its_button_leaves_a_better_shape_than_its_start(
    open_window: Callable, suzanne_file: Path
) -> None:
    window = open_window(suzanne_file)
    window.run(
        "settings = bpy.context.scene.neural_shapes\n"
        f"settings.training.preset, settings.extraction.resolution = 'standard', {RESOLUTION}"
    )
    window.open_sidebar("Neural Shapes")
    window.click(*window.find_button("neural_shapes.train"))
    window.wait_until(f"len({TRAINED_SO_FAR})", ARRIVAL_SECONDS)
    start = window.run(MEAN_VALUE.format(shape=f"next(iter({TRAINED_SO_FAR}.values())).shape"))
    time.sleep(TRAINING_SECONDS)
    window.click(*window.find_button_at_end("bpy.ops.neural_shapes.cancel("))
    window.wait_until("'Suzanne Neural' in bpy.data.objects", ARRIVAL_SECONDS)
    window.picture("train-3-cancelled")
    reached = "neural_shape.read(bpy.data.objects['Suzanne Neural'])"
    assert window.run(MEAN_VALUE.format(shape=reached)) < 0.8 * start
    steps, planned = window.run(
        f"{MEAN_VALUE.format(shape=reached)}result = shape.provenance.steps, shape.provenance.planned_steps"
    )
    assert steps < planned
    window.wait_until("len(bpy.context.object.data.polygons) > 1000", ARRIVAL_SECONDS)
