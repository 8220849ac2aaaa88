"""Shared by all tests: where the checkout is, a fresh Blender with Neural Shapes enabled, real workers."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

QUICK_WORKER = Path(__file__).with_name("quick_worker.py")


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
    bpy.context.preferences.addons["neural_shapes"].preferences.low_priority = False
    yield bpy
    addon_utils.disable("neural_shapes", default_set=True)
    worker.WorkerClient = client


@pytest.fixture
def blender() -> Iterator[ModuleType]:
    """A fresh Blender for one test."""
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
        bpy.ops.mesh.primitive_monkey_add()
        settings = bpy.context.scene.neural_shapes
        settings.training.preset = "draft"
        settings.training.seconds = 1.0
        settings.extraction.resolution = 32
        bpy.ops.neural_shapes.train()
        bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


@pytest.fixture
def trained(blender: ModuleType, trained_file: Path) -> ModuleType:
    """bpy with that file open: Suzanne, and Suzanne Neural selected and active."""
    blender.ops.wm.open_mainfile(filepath=str(trained_file))
    return blender
