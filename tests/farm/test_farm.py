"""A farm's tasks: compiled by the job type, run beside each other, killed, and taken up again."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

bpy = pytest.importorskip("bpy")
from neural_shapes.core.frames.frame_files import frame_path  # noqa: E402
from neural_shapes.operators.command_line import bake  # noqa: E402

STAND_IN = Path(__file__).with_name("stand_in_blender.py")
OBJECTS = ("Cube", "Söckel/2")
# Fine enough for its bake to be met half-way.
MORPH_RESOLUTION, FRAMES = 128, range(-3, 5)
PATIENCE = 240.0


@pytest.fixture(scope="module")
def node() -> str:
    found = shutil.which("node")
    if found is None:
        pytest.skip("there is no node to run a Flamenco script")
    return found


def compile_job(node: str, root: Path, **settings: object) -> dict:
    script = Path(__file__).with_name("compile_job.js")
    command = [node, str(script), str(root / "farm/neural_shapes.js"), json.dumps(settings)]
    finished = subprocess.run(command, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


@pytest.fixture
def scene(blender, tmp_path: Path) -> Path:
    """A .blend file with the objects."""
    blender.context.scene.neural_shapes.extraction.resolution = 16
    for name in OBJECTS:
        blender.ops.mesh.primitive_cube_add()
        blender.context.object.name = name
    path = tmp_path / "scene.blend"
    blender.ops.wm.save_as_mainfile(filepath=str(path))
    return path


def start(command: list[str]) -> subprocess.Popen:
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def execute(task: dict) -> list[str]:
    """The command that a Flamenco worker would run for a task, on the stand-in for Blender."""
    [command] = task["commands"]
    assert (command["name"], task["type"]) == ("exec", "blender")
    assert command["parameters"]["exe"] == "{blender}"
    return [sys.executable, str(STAND_IN), *command["parameters"]["args"]]


def test_tasks_run_beside_each_other_and_one_that_was_killed_is_taken_up_again(
    node: str, root: Path, scene: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    job = compile_job(
        node, root, objects=", ".join(OBJECTS), preset="draft", blendfile=str(scene), output=str(out)
    )
    assert [task["name"] for task in job["tasks"]] == [f"train {name}" for name in OBJECTS]
    whole, killed = (start(execute(task)) for task in job["tasks"])
    for line in killed.stdout:
        if "Söckel/2" in line:  # Its training is under way.
            killed.kill()
    assert killed.wait(PATIENCE) != 0
    assert whole.wait(PATIENCE) == 0, whole.stdout.read()
    assert [path.name for path in out.iterdir()] == ["Cube.blend"]
    done_at = (out / "Cube.blend").stat().st_mtime_ns

    again = [start(execute(task)) for task in job["tasks"]]
    for process in again:
        output, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, output
    assert sorted(path.name for path in out.iterdir()) == ["Cube.blend", "Söckel%2f2.blend"]
    assert (out / "Cube.blend").stat().st_mtime_ns == done_at
    bpy.ops.wm.open_mainfile(filepath=str(out / "Söckel%2f2.blend"))
    assert "neural_shape" in bpy.data.objects["Söckel/2 Neural"]


@pytest.fixture
def morph_scene(blender, root: Path, tmp_path: Path) -> Path:
    """A .blend file with a torus that swells."""
    from neural_shapes.core import shape_file
    from neural_shapes.scene import neural_shape
    from neural_shapes.scene.time_curve import key_times

    morph = blender.data.objects.new("Morph", blender.data.meshes.new("Morph"))
    blender.context.collection.objects.link(morph)
    neural_shape.store(morph, shape_file.load(root / "tests/viewport/shapes/space_time.safetensors"))
    key_times(morph, [(FRAMES[0], 0.0), (FRAMES[-1], 1.0)], "LINEAR")
    morph.neural_shapes_bake.resolution = MORPH_RESOLUTION
    path = tmp_path / "scene.blend"
    blender.ops.wm.save_as_mainfile(filepath=str(path))
    return path


def test_frames_are_baked_beside_each_other_and_a_killed_chunk_keeps_what_it_had(
    node: str, root: Path, morph_scene: Path, tmp_path: Path
) -> None:
    half = len(FRAMES) // 2
    settings = {"morph": "Morph", "frames": f"{FRAMES[0]}-{FRAMES[-1]}", "chunk_size": half}
    job = compile_job(node, root, blendfile=str(morph_scene), output=str(tmp_path), **settings)
    whole, killed = (start(execute(task)) for task in job["tasks"])
    frames = [frame_path(tmp_path / "Morph", frame) for frame in FRAMES]
    while not frames[half].exists():
        assert killed.poll() is None, killed.stdout.read()
        time.sleep(0.01)
    killed.kill()
    assert whole.wait(PATIENCE) == 0, whole.stdout.read()
    there = {path: path.stat().st_mtime_ns for path in frames if path.exists()}
    assert half < len(there) < len(FRAMES)

    for process in [start(execute(task)) for task in job["tasks"]]:
        output, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, output
    assert all(path.exists() for path in frames)
    assert {path: path.stat().st_mtime_ns for path in there} == there


def test_frames_are_split_into_chunks(node: str, root: Path) -> None:
    job = compile_job(
        node, root, morph="Blob", frames="-3-21", chunk_size=10, blendfile="scene.blend", output="/out"
    )
    arguments = [task["commands"][0]["parameters"]["args"] for task in job["tasks"]]
    assert [line[7] for line in arguments] == ["--frames=-3-6", "--frames=7-16", "--frames=17-21"]
    assert all(line[-1] == "/out/Blob" for line in arguments)


def parsed(line: str) -> argparse.Namespace:
    """The arguments of the verb `bake` in a line that a shell recipe asked of Blender."""
    parser = argparse.ArgumentParser()
    bake.add_arguments(parser)
    return parser.parse_args(line.split(" bake ")[1].split())


def test_two_machines_share_objects_and_frames_of_the_shell_recipe(root: Path, tmp_path: Path) -> None:
    # A Blender that writes down what it was asked.
    blender = tmp_path / "blender"
    blender.write_text(f'#!/bin/sh\necho "$@" >> "{tmp_path}/asked"\n')
    blender.chmod(0o755)
    environment = {**os.environ, "BLENDER": str(blender)}
    for part in ("1/2", "2/2"):
        for recipe, rest in (("train.sh", [part, "A", "B", "C"]), ("bake.sh", ["M", "-6", "-2", part])):
            command = [str(root / "farm" / recipe), "scene.blend", str(tmp_path / "out"), *rest]
            subprocess.run(command, env=environment, check=True)
    asked = (tmp_path / "asked").read_text().splitlines()
    trained = [line.split("--object ")[1][0] for line in asked if " train " in line]
    baked = [parsed(line).frames for line in asked if " bake " in line]
    assert sorted(trained) == ["A", "B", "C"]
    assert baked == [(-6, -5), (-4, -2)]
