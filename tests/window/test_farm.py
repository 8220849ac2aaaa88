"""The shell recipes in a real Blender: two machines share the work, one dies half-way and goes on later."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

EXTENSION = "bl_ext.user_default.neural_shapes"
OBJECTS = ("Cube", "Ball")
FIRST, LAST = 1, 8
PATIENCE = 240.0

# Two objects, and a torus that swells, fine enough for its bake to be met half-way.
SCENE = """
import bpy, importlib
bpy.data.batch_remove(bpy.data.objects)
shape_file = importlib.import_module('{extension}.core.shape_file')
neural_shape = importlib.import_module('{extension}.scene.neural_shape')
time_curve = importlib.import_module('{extension}.scene.time_curve')
morph = bpy.data.objects.new('Morph', bpy.data.meshes.new('Morph'))
bpy.context.scene.collection.objects.link(morph)
neural_shape.store(morph, shape_file.load({shape!r}))
time_curve.key_times(morph, [({first}, 0.0), ({last}, 1.0)], 'LINEAR')
morph.neural_shapes_bake.resolution = 128
bpy.ops.mesh.primitive_cube_add()
bpy.context.object.name = {objects[0]!r}
bpy.ops.mesh.primitive_ico_sphere_add()
bpy.context.object.name = {objects[1]!r}
bpy.context.scene.neural_shapes.extraction.resolution = 16
bpy.ops.wm.save_as_mainfile(filepath={path!r})
"""


@pytest.fixture(scope="module")
def scene(root: Path, save_scene: Callable, tmp_path_factory: pytest.TempPathFactory) -> Path:
    shape = str(root / "tests/viewport/shapes/space_time.safetensors")
    values = {"extension": EXTENSION, "shape": shape, "first": FIRST, "last": LAST, "objects": OBJECTS}
    return save_scene(tmp_path_factory.mktemp("farm") / "scene.blend", SCENE, **values)


@pytest.fixture(scope="module")
def short_training(root: Path, python_that_runs: Callable[[Path], Path]) -> Path:
    """A Python whose worker trains for a few steps."""
    return python_that_runs(root / "tests/farm/short_training_worker.py")


@pytest.fixture
def start(
    root: Path, blender_environment: dict[str, str], short_training: Path
) -> Iterator[Callable[..., subprocess.Popen]]:
    """Starts a recipe on a machine of its own: a group of processes that can be killed together."""
    settings = {"NEURAL_SHAPES_WORKER_PYTHON": str(short_training), "PRESET": "draft"}
    environment = {**blender_environment, **settings}
    started: list[subprocess.Popen] = []

    def start_recipe(name: str, *arguments: object) -> subprocess.Popen:
        command = [str(root / "farm" / name), *map(str, arguments)]
        output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        process = subprocess.Popen(command, env=environment, start_new_session=True, **output)
        started.append(process)
        return process

    yield start_recipe
    for process in started:
        if process.poll() is None:
            kill(process)


def kill(process: subprocess.Popen) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def succeeds(process: subprocess.Popen) -> bool:
    """Whether a recipe has run to its end; what it printed is shown where it has not."""
    output, _ = process.communicate(timeout=PATIENCE)
    print(output)
    return process.returncode == 0


def written_at(paths: list[Path]) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in paths}


def test_objects_are_trained_on_two_machines_of_which_one_dies(
    start: Callable, blender: Callable, scene: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    whole, killed = (start("train.sh", scene, out, part, *OBJECTS) for part in ("1/2", "2/2"))
    for line in killed.stdout:
        if line.startswith("Ball: "):  # Its training is under way.
            kill(killed)
            break
    assert succeeds(whole)
    assert list(out.iterdir()) == [out / "Cube.blend"]
    before = written_at([out / "Cube.blend"])

    again = [start("train.sh", scene, out, part, *OBJECTS) for part in ("1/2", "2/2")]
    assert all(succeeds(process) for process in again)
    assert sorted(out.iterdir()) == [out / "Ball.blend", out / "Cube.blend"]
    assert written_at(list(before)) == before
    for name in OBJECTS:
        told = blender("-b", out / f"{name}.blend", "-c", "neural_shapes", "info", "--json").stdout
        shapes = json.loads(told[told.index("{") : told.rindex("}") + 1])
        assert f"{name} Neural" in str(shapes)


def test_frames_are_baked_on_two_machines_of_which_one_dies(
    start: Callable, scene: Path, tmp_path: Path
) -> None:
    out = tmp_path / "frames"
    frames = [out / f"frame_{frame:04}.ply" for frame in range(FIRST, LAST + 1)]
    second_half = frames[len(frames) // 2 :]
    whole, killed = (start("bake.sh", scene, out, "Morph", FIRST, LAST, part) for part in ("1/2", "2/2"))
    while not second_half[0].exists():
        assert killed.poll() is None, killed.stdout.read()
        time.sleep(0.01)
    kill(killed)
    assert succeeds(whole)
    there = [path for path in frames if path.exists()]
    assert len(frames) / 2 < len(there) < len(frames)
    before = written_at(there)

    again = [start("bake.sh", scene, out, "Morph", FIRST, LAST, part) for part in ("1/2", "2/2")]
    assert all(succeeds(process) for process in again)
    assert written_at(there) == before
    assert sorted(out.glob("*.ply")) == frames
