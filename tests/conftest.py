"""Shared by all tests: the checkout, a fresh Blender with Neural Shapes, real workers, small wheels."""

import re
import signal
import statistics
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

# As the real self-test answers, with the version of the torch that lies in the folder that it was given.
STAND_IN_SELF_TEST = """
import json, os, pathlib, sys, time
sys.path.insert(0, sys.argv[3])
import torch
while os.path.exists({hold!r}):
    time.sleep(0.02)
answer = {{"failed": torch.FAILS}} if torch.FAILS else {{
    "torch": torch.__version__, "device": sys.argv[1], "memory": 1}}
print(json.dumps(answer))
"""

QUICK_WORKER = Path(__file__).with_name("quick_worker.py")


# Of the shape that tests of Blender's process share: as good on a slow machine as on a fast one.
STEPS = 80

# An artist notices nothing that is shorter.
UNNOTICED_SECONDS = 0.050


class Stopwatch:
    """Times calls that Blender's interface waits for.

    Each call's own computing counts, and of the time on the clock, waiting included, the median: on cores
    that other programs use too a single call may be held up by those.
    """

    def __init__(self) -> None:
        self.computing: list[float] = []
        self.elapsed: list[float] = []

    def __call__(self, call: Callable[[], Any]) -> Any:
        """Make a call and time it."""
        computing, elapsed = time.thread_time(), time.perf_counter()
        result = call()
        self.computing.append(time.thread_time() - computing)
        self.elapsed.append(time.perf_counter() - elapsed)
        return result

    @property
    def noticed(self) -> bool:
        """Whether an artist would notice any of the calls, or all of them."""
        return max(*self.computing, statistics.median(self.elapsed)) >= UNNOTICED_SECONDS


@pytest.fixture
def stopwatch() -> Stopwatch:
    return Stopwatch()


def pytest_configure() -> None:
    """Interrupts are heard, also where the tests run as a shell's background job, which ignores them."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout's root, which is the extension's root and the package neural_shapes."""
    return Path(__file__).resolve().parent.parent


@contextmanager
def fresh_blender() -> Iterator[ModuleType]:
    """bpy with an empty file, factory settings, Neural Shapes enabled and a worker that is quick."""
    import addon_utils
    import bpy
    from neural_shapes.session import worker

    client = worker.WorkerClient
    worker.WorkerClient = partial(client, main=QUICK_WORKER)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon_utils.enable("neural_shapes", default_set=True)
    preferences = bpy.context.preferences.addons["neural_shapes"].preferences
    preferences.low_priority = False
    # Tests in several processes fill the cores; threads that wait for one another would not help.
    preferences.threads = 1
    yield bpy
    addon_utils.disable("neural_shapes", default_set=True)
    worker.WorkerClient = client


@pytest.fixture
def blender() -> Iterator[ModuleType]:
    """A fresh Blender for one test."""
    with fresh_blender() as bpy:
        yield bpy


@pytest.fixture(scope="module")
def shared_blender() -> Iterator[ModuleType]:
    """The same for all tests of a module, which start their worker once, and clear the file themselves."""
    with fresh_blender() as bpy:
        yield bpy


@pytest.fixture
def open_client(root: Path, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Makes clients of a worker that also knows the tasks in tests/worker/tasks, and closes them."""
    from neural_shapes.worker.client import WorkerClient
    from neural_shapes.worker.environment import find_environment

    clients = []

    def open_one(**settings: object) -> WorkerClient:
        log = tmp_path / f"worker-{len(clients)}.log"
        defaults = {"threads": 1, "low_priority": False}
        settings = {**defaults, "main": root / "tests/worker/worker_with_test_tasks.py", **settings}
        clients.append(WorkerClient(find_environment(), log, **settings))
        return clients[-1]

    yield open_one
    for client in clients:
        client.close()


@pytest.fixture(scope="session")
def trained_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A .blend with Suzanne and the neural shape that a few steps made of her: poor, and quick."""
    path = tmp_path_factory.mktemp("trained") / "trained.blend"
    with fresh_blender() as bpy:
        from neural_shapes.session.training import train

        bpy.ops.mesh.primitive_monkey_add()
        settings = bpy.context.scene.neural_shapes
        settings.training.preset = "draft"
        settings.extraction.resolution = 32
        train(bpy.context.object, bpy.context, steps=STEPS)
        bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


@pytest.fixture
def trained(blender: ModuleType, trained_file: Path) -> ModuleType:
    """bpy with that file open: Suzanne, and Suzanne Neural selected and active."""
    blender.ops.wm.open_mainfile(filepath=str(trained_file))
    return blender


@pytest.fixture(scope="session")
def morph_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A .blend with a ball keyed at frame 10, a box at 20, and the morph that a few steps made of them."""
    path = tmp_path_factory.mktemp("morphed") / "morphed.blend"
    with fresh_blender() as bpy:
        bpy.ops.mesh.primitive_uv_sphere_add(segments=16, ring_count=8)
        bpy.context.object.name = "Ball"
        bpy.ops.mesh.primitive_cube_add(size=1.6, location=(0.5, 0, 0))
        bpy.context.object.name = "Box"
        scene = bpy.context.scene
        settings = scene.neural_shapes_morph
        settings.mode, settings.easing = "blend", "LINEAR"
        scene.neural_shapes.extraction.resolution = 24
        for name, frame in (("Ball", 10), ("Box", 20)):
            key = settings.keys.add()
            key.source, key.frame = name, frame
        scene.frame_set(12)
        bpy.ops.neural_shapes.train_morph()
        bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


@pytest.fixture
def morphed(blender: ModuleType, morph_file: Path) -> ModuleType:
    """bpy with that file open: Ball, Box, and Ball to Box Neural selected and active, at frame 12."""
    blender.ops.wm.open_mainfile(filepath=str(morph_file))
    return blender


def write_wheel(folder: Path, name: str, version: str, tag: str = "py3-none-any", fails: str = "") -> Path:
    """A wheel of one module, which knows its version and whether it works."""
    module, path = name.replace("-", "_"), folder / f"{name.replace('-', '_')}-{version}-{tag}.whl"
    information = f"{module}-{version}.dist-info"
    files = {
        f"{module}/__init__.py": f"__version__, FAILS = {version!r}, {fails!r}\n",
        f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{information}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
        f"{information}/RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as wheel:
        for file, content in files.items():
            wheel.writestr(file, content)
    return path


@pytest.fixture
def make_wheel() -> Callable[..., Path]:
    """Makes a wheel in a folder."""
    return write_wheel


@pytest.fixture
def wheels(root: Path, tmp_path: Path) -> Path:
    """A folder with a stand-in for each of the product's requirements."""
    requirements = (root / "worker/requirements.txt").read_text()
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name, version in re.findall(r"^([\w-]+)[>=]=(\S+)", requirements, re.MULTILINE):
        write_wheel(folder, name, version)
    return folder


@pytest.fixture
def hold(tmp_path: Path) -> Path:
    """While this file exists, a self-test does not end."""
    return tmp_path / "hold"


@pytest.fixture
def stand_in_self_test(tmp_path: Path, hold: Path) -> Path:
    """A self-test that asks the stand-in for torch whether it works."""
    script = tmp_path / "self_test.py"
    script.write_text(STAND_IN_SELF_TEST.format(hold=str(hold)))
    return script
