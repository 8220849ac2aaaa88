"""Install, Repair, Uninstall and Check as the preferences' buttons call them, with small wheels for torch."""

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("bpy")
from neural_shapes.session import environment as session_environment
from neural_shapes.session import worker
from neural_shapes.session.environment import configure_worker, environment
from neural_shapes.worker.environment import PYTHON_VARIABLE, NoWorkerError
from neural_shapes.worker.installation import folders

INSTALLED_VERSION = "2.13.0"


@pytest.fixture
def without_torch(
    blender: ModuleType,
    wheels: Path,
    stand_in_self_test: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> ModuleType:
    """A fresh Blender that finds no torch and may not use the network, with the folder of wheels chosen."""
    monkeypatch.delenv(PYTHON_VARIABLE, raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(session_environment, "folder", lambda: tmp_path / "env")
    plan = partial(session_environment.Plan, self_test=stand_in_self_test)
    monkeypatch.setattr(session_environment, "Plan", plan)
    preferences = blender.context.preferences.addons["neural_shapes"].preferences
    preferences.wheels = str(wheels)
    configure_worker()
    yield blender
    environment.__init__()


def test_install_brings_the_environment_that_the_worker_uses(without_torch: ModuleType) -> None:
    assert "press Install" in environment.missing
    assert without_torch.ops.neural_shapes.install_environment(build="cpu") == {"FINISHED"}
    assert (environment.missing, environment.problem) == ("", "")
    assert environment.report == folders.Report(INSTALLED_VERSION, "cpu", 1)
    assert worker._settings.managed == environment.installed.packages

    preferences = without_torch.context.preferences.addons["neural_shapes"].preferences
    preferences.worker_python = sys.executable
    assert (environment.uses_installed, environment.report) == (False, None)
    preferences.worker_python = ""
    assert (environment.uses_installed, environment.report.torch) == (True, INSTALLED_VERSION)

    assert without_torch.ops.neural_shapes.repair_environment() == {"FINISHED"}
    assert environment.installed.build == "cpu"

    assert without_torch.ops.neural_shapes.uninstall_environment() == {"FINISHED"}
    assert "press Install" in environment.missing
    assert worker._settings.managed is None


def test_a_failure_is_told_and_repair_installs_after_all(
    without_torch: ModuleType, make_wheel: Callable[..., Path], wheels: Path
) -> None:
    make_wheel(wheels, "torch", INSTALLED_VERSION, fails="a DLL is missing")
    with pytest.raises(RuntimeError, match="a DLL is missing"):
        without_torch.ops.neural_shapes.install_environment(build="cpu")
    assert "a DLL is missing" in environment.problem
    assert environment.missing
    make_wheel(wheels, "torch", INSTALLED_VERSION)
    assert without_torch.ops.neural_shapes.repair_environment() == {"FINISHED"}
    assert (environment.missing, environment.problem) == ("", "")


def test_without_online_access_and_wheels_it_is_refused(without_torch: ModuleType) -> None:
    without_torch.context.preferences.addons["neural_shapes"].preferences.wheels = ""
    without_torch.context.preferences.system.use_online_access = False
    with pytest.raises(RuntimeError, match="allow online access in Blender's preferences"):
        without_torch.ops.neural_shapes.install_environment(build="cpu")
    assert environment.installation is None


def test_while_something_is_worked_on_nothing_is_installed(
    without_torch: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(worker.jobs), "active", property(lambda table: ["a job"]))
    with pytest.raises(RuntimeError, match="wait for it or cancel it first"):
        without_torch.ops.neural_shapes.install_environment(build="cpu")


def test_no_worker_starts_in_an_environment_that_is_being_replaced(
    without_torch: ModuleType, hold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_torch.ops.neural_shapes.install_environment(build="cpu")
    with_torch = worker._settings
    client = worker.jobs._connected()
    monkeypatch.setattr(session_environment, "_follow", lambda: None)
    hold.touch()
    without_torch.ops.neural_shapes.repair_environment()
    assert worker.jobs._client is None
    without_torch.context.preferences.addons["neural_shapes"].preferences.threads += 1
    with pytest.raises(NoWorkerError, match="PyTorch is being installed; wait"):
        worker.jobs.ask("1", "Suzanne", "moment", {}, {})
    hold.unlink()
    environment.installation.wait()
    environment.finish()
    assert environment.problem == ""
    assert worker._settings == replace(with_torch, threads=with_torch.threads + 1)
    assert worker.jobs._connected() is not client


def test_after_an_install_that_could_not_begin_the_worker_starts_and_the_next_one_installs(
    without_torch: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OSError("the worker does not end")

    with monkeypatch.context() as broken:
        broken.setattr(worker.jobs, "close", fail)
        with pytest.raises(RuntimeError, match="the worker does not end"):
            without_torch.ops.neural_shapes.install_environment(build="cpu")
    assert not environment.is_busy
    assert worker._settings.refusal == ""
    assert without_torch.ops.neural_shapes.install_environment(build="cpu") == {"FINISHED"}


def test_a_python_of_the_artists_own_is_checked_with_a_training_step(blender: ModuleType) -> None:
    from neural_shapes.worker.environment import find_environment

    preferences = blender.context.preferences.addons["neural_shapes"].preferences
    preferences.worker_python = str(find_environment().python)
    preferences.device = "cpu"
    assert environment.report is None
    assert blender.ops.neural_shapes.check_environment() == {"FINISHED"}
    assert environment.report.torch.startswith("2.")
    preferences.worker_python = "/no/such/python"
    assert environment.report is None
    with pytest.raises(RuntimeError, match="no Python at /no/such/python"):
        blender.ops.neural_shapes.check_environment()
