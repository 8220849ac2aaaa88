"""An installation ends with a working environment, or with the one that was there and a reason."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from neural_shapes.core.errors import NeuralShapesError
from neural_shapes.worker.environment import PYTHON_VARIABLE, WorkerEnvironment, find_environment
from neural_shapes.worker.installation import folders
from neural_shapes.worker.installation.install import Installation, Plan, State

Install = Callable[[Plan], Installation]

ORPHAN = """
import contextlib, os, sys, time
ends = time.monotonic() + 2
while time.monotonic() < ends:
    with contextlib.suppress(OSError):
        os.makedirs(sys.argv[1], exist_ok=True)
        open(f"{sys.argv[1]}/{time.monotonic_ns()}", "w").close()
"""

# Installs as Blender would, in a process that the test kills, or that kills itself between the two renames.
INSTALLING_PROCESS = """
import os, signal, sys
from pathlib import Path
from neural_shapes.worker.installation import install
from neural_shapes.worker.installation.builds import Build
python, parent, log, wheels, self_test, point = sys.argv[1:]
rename = os.rename
def rename_or_die(source, target):
    if point == "renaming" and str(source).endswith(".new"):
        os.kill(os.getpid(), signal.SIGKILL)
    rename(source, target)
os.rename = rename_or_die
build = Build("cpu", "CPU", "cpu", 1000, 1000, in_package_index=True)
one = install.Installation(install.Plan(Path(python), Path(parent), build, Path(log), False, Path(wheels),
    self_test=Path(self_test)))
one.start()
while one.is_running:
    print(one.phase, flush=True)
    one.wait(0.01)
print(one.sentence or one.state.value)
"""
REFUSED = "Another Blender is installing PyTorch; wait until it is done, then restart this one."


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def leftovers(plan: Plan) -> list[str]:
    return sorted(path.name for path in plan.parent.iterdir() if path.suffix in (folders.NEW, folders.OLD))


def test_wheels_become_the_environment_that_the_worker_finds(
    plan: Plan, hold: Path, earlier: folders.Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PYTHON_VARIABLE, raising=False)
    hold.touch()
    plan = replace(plan, build=replace(plan.build, name="cu130"))
    installation = Installation(plan)
    installation.start()
    wait_for(lambda: installation.phase == "Testing with a training step")
    assert 0.5 < installation.share < 1
    assert folders.find_installed(plan.parent) == earlier
    hold.unlink()
    installation.wait()
    assert (installation.state, installation.sentence) == (State.INSTALLED, "")
    found = folders.find_installed(plan.parent)
    assert found == installation.installed
    assert (found.packages.name, found.build) == (f"{folders.PYTHON_TAG}-cu130", "cu130")
    assert found.report == folders.Report("2.13.0", "cpu", 1)
    assert find_environment("", found.packages) == WorkerEnvironment(Path(sys.executable), found.packages)
    assert "Successfully installed" in plan.log.read_text()
    assert [path.name for path in plan.parent.iterdir()] == [found.packages.name]


def start(plan: Plan, point: str = "") -> subprocess.Popen:
    """Install in a process of its own, which prints what it is at, and at last what came of it."""
    arguments = (plan.python, plan.parent, plan.log, plan.wheels, plan.self_test, point)
    command = [sys.executable, "-c", INSTALLING_PROCESS, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def kill(plan: Plan, point: str, hold: Path) -> None:
    """Install in a process that is killed while it is at a point."""
    if point == "testing":
        hold.touch()
    expected = {"pip": "Looking for", "testing": "Testing"}
    with start(plan, point) as process:
        for line in process.stdout:
            if point in expected and line.startswith(expected[point]):
                process.kill()
    assert process.returncode != 0
    hold.unlink(missing_ok=True)


@pytest.mark.parametrize("point", ["pip", "testing", "renaming"])
def test_killed_at_any_point_the_old_one_works_and_repair_helps(
    plan: Plan, install: Install, hold: Path, earlier: folders.Installed, point: str
) -> None:
    kill(plan, point, hold)
    assert folders.find_installed(plan.parent) == earlier
    installation = install(plan)
    assert installation.state is State.INSTALLED, installation.sentence
    assert leftovers(plan) == []


def test_an_orphan_that_still_writes_is_waited_for(plan: Plan, install: Install) -> None:
    """The pip of a killed installation goes on until it prints: here it fills its folder for two seconds."""
    new = folders.environment_folder(plan.parent, plan.build.name)
    new = new.with_name(new.name + folders.NEW)
    with subprocess.Popen([sys.executable, "-c", ORPHAN, str(new / "tmp")]):
        wait_for((new / "tmp").exists)
        installation = install(plan)
    assert installation.state is State.INSTALLED, installation.sentence


def test_of_two_that_install_at_once_one_does_and_the_other_says_so(plan: Plan, hold: Path) -> None:
    hold.touch()
    processes = [start(plan), start(plan)]
    wait_for(lambda: any(process.poll() is not None for process in processes))
    refused, installing = sorted(processes, key=lambda process: process.poll() is None)
    assert refused.stdout.read().splitlines()[-1] == REFUSED
    assert leftovers(plan) == [f"{folders.PYTHON_TAG}-cpu.new"]
    with pytest.raises(NeuralShapesError, match="Another Blender is installing"):
        folders.uninstall(plan.parent)
    hold.unlink()
    assert installing.communicate()[0].splitlines()[-1] == "installed"
    assert leftovers(plan) == []
    assert folders.find_installed(plan.parent) is not None


def test_a_replacement_under_way_is_left_alone(plan: Plan, earlier: folders.Installed, hold: Path) -> None:
    hold.touch()
    with start(plan) as installing:
        for line in installing.stdout:
            if line.startswith("Testing"):
                break
        # Between its two renames.
        old = earlier.packages.with_name(earlier.packages.name + folders.OLD)
        earlier.packages.rename(old)
        assert folders.find_installed(plan.parent) is None
        assert old.exists()
        hold.unlink()
        assert installing.stdout.read().splitlines()[-1] == "installed"
    assert folders.find_installed(plan.parent).report.torch == "2.13.0"


def test_killed_the_first_time_there_is_none(plan: Plan, hold: Path) -> None:
    kill(plan, "testing", hold)
    assert leftovers(plan) != []
    assert folders.find_installed(plan.parent) is None


def test_cancelled_it_leaves_what_was_there(plan: Plan, hold: Path, earlier: folders.Installed) -> None:
    hold.touch()
    installation = Installation(plan)
    installation.start()
    wait_for(lambda: installation.phase.startswith("Testing"))
    installation.cancel()
    installation.wait(60)
    assert (installation.state, installation.sentence) == (State.CANCELLED, "")
    assert folders.find_installed(plan.parent) == earlier
    assert leftovers(plan) == []


def test_cancelled_within_pip_it_leaves_nothing(plan: Plan) -> None:
    installation = Installation(plan)
    installation.start()
    wait_for(lambda: installation.phase == "Looking for packages")
    installation.cancel()
    installation.wait(60)
    assert installation.state is State.CANCELLED
    assert list(plan.parent.iterdir()) == []


def test_a_failing_self_test_keeps_the_old_one_and_says_why(
    plan: Plan, install: Install, make_wheel: Callable[..., Path], earlier: folders.Installed
) -> None:
    make_wheel(plan.wheels, "torch", "2.13.0", fails="no kernel image is available")
    installation = install(plan)
    assert installation.state is State.FAILED
    assert "cannot train on this machine: no kernel image is available" in installation.sentence
    assert folders.find_installed(plan.parent) == earlier
    assert leftovers(plan) == []


def test_a_self_test_that_crashes_says_so(plan: Plan, install: Install) -> None:
    plan.self_test.write_text("import os; os.abort()")
    installation = install(plan)
    assert installation.state is State.FAILED
    assert "SIGABRT" in installation.sentence
    assert folders.find_installed(plan.parent) is None


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:100]), "A wheel is damaged"),
        (lambda path: path.rename(path.with_name("torch-2.13.0-cp27-none-any.whl")), "has no torch==2.13.0"),
        (lambda path: path.unlink(), "has no torch==2.13.0"),
    ],
    ids=["damaged", "for another Python", "missing"],
)
def test_a_wrong_wheel_is_named(
    plan: Plan, install: Install, spoil: Callable[[Path], object], expected: str
) -> None:
    spoil(plan.wheels / "torch-2.13.0-py3-none-any.whl")
    installation = install(plan)
    assert installation.state is State.FAILED
    assert expected in installation.sentence
    assert folders.find_installed(plan.parent) is None
    assert leftovers(plan) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("only Linux's root may make a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_fills_up_is_told(plan: Plan, install: Install, small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(bytes(40_000))
    installation = install(replace(plan, parent=small_disk))
    assert (installation.state, installation.sentence) == (
        State.FAILED,
        "The disk is full; free some space and retry.",
    )
    assert folders.find_installed(small_disk) is None


def test_a_disk_that_is_too_small_is_refused_before(plan: Plan) -> None:
    with pytest.raises(NeuralShapesError, match=r"needs 1000000\.0 GB, and .* GB are free"):
        Installation(replace(plan, build=replace(plan.build, installed=10**15)))


def test_what_the_network_brings_needs_its_space_twice(plan: Plan) -> None:
    """Until pip ends, in its temporary folder and in the user's cache; a folder's wheels are not copied."""
    plan = replace(plan, build=replace(plan.build, download=10**15))
    assert Installation(plan)
    with pytest.raises(NeuralShapesError, match=r"needs 2000000\.0 GB, and .* GB are free"):
        Installation(replace(plan, wheels=None, online_access=True))


def test_the_network_is_used_only_where_blender_may(plan: Plan) -> None:
    with pytest.raises(NeuralShapesError, match=r"allow online access .* or install from a folder of wheels"):
        Installation(replace(plan, wheels=None))


def test_a_folder_without_wheels_is_refused(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(NeuralShapesError, match="holds no wheels"):
        Installation(replace(plan, wheels=tmp_path / "nowhere"))


def test_uninstalled_it_is_gone(plan: Plan, earlier: folders.Installed) -> None:
    folders.uninstall(plan.parent)
    assert folders.find_installed(plan.parent) is None
    assert list(plan.parent.iterdir()) == []


def test_half_uninstalled_it_counts_as_gone(
    plan: Plan, earlier: folders.Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As Windows refuses to delete a loaded library.
    def refuse(folder: Path) -> None:
        raise PermissionError(13, "Access is denied", str(folder))

    monkeypatch.setattr(folders, "shutil", SimpleNamespace(rmtree=refuse))
    with pytest.raises(PermissionError):
        folders.uninstall(plan.parent)
    assert folders.find_installed(plan.parent) is None


def test_a_damaged_report_is_no_environment(plan: Plan, earlier: folders.Installed) -> None:
    report = earlier.packages / folders.REPORT_NAME
    for damaged in ("", "[]", '{"torch": "2.13.0"}', "\x00"):
        report.write_text(damaged)
        assert folders.find_installed(plan.parent) is None


def test_a_file_in_use_keeps_the_old_one(
    plan: Plan, install: Install, monkeypatch: pytest.MonkeyPatch, earlier: folders.Installed
) -> None:
    # As Windows refuses to rename a folder with a loaded library.

    def refuse(source: Path, target: Path) -> None:
        raise PermissionError(13, "The process cannot access the file", str(source))

    monkeypatch.setattr(folders, "os", SimpleNamespace(rename=refuse))
    installation = install(plan)
    monkeypatch.undo()
    assert installation.state is State.FAILED
    assert "close other Blenders and retry" in installation.sentence
    assert folders.find_installed(plan.parent) == earlier


@pytest.mark.parametrize("failures", [2, 1000], ids=["for a while", "for good"])
def test_a_folder_that_windows_holds_is_renamed_as_soon_as_it_lets_go(
    plan: Plan, earlier: folders.Installed, monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    # As while a virus scanner reads its libraries.
    new = earlier.packages.with_name(earlier.packages.name + folders.NEW)
    new.mkdir()
    folders.write_report(new, folders.Report("2.13.0", "cpu", 1))
    held = [PermissionError(13, "Access is denied")] * failures

    def rename(source: Path, target: Path) -> None:
        if source == new and held:
            raise held.pop()
        os.rename(source, target)

    monkeypatch.setattr(folders, "os", SimpleNamespace(rename=rename))
    monkeypatch.setattr(folders, "RENAME_SECONDS", 1.0)
    if failures == 2:
        assert folders.put_in_place(new) == earlier.packages
        assert folders.find_installed(plan.parent).report.torch == "2.13.0"
    else:
        with pytest.raises(PermissionError):
            folders.put_in_place(new)
        assert folders.find_installed(plan.parent) == earlier


@pytest.fixture
def short(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where pip works on Windows, but for the paths by which its files are removed there."""
    monkeypatch.setattr(folders, "IS_WINDOWS", True)
    monkeypatch.setattr(folders, "_removable", lambda folder: folder)
    monkeypatch.setattr(tempfile, "tempdir", str(plan.log.parent / "temp"))
    plan.log.parent.joinpath("temp").mkdir()
    plan.parent.mkdir()
    return folders.temporary_folder(plan.parent / "py.new")


@pytest.mark.parametrize("spoilt", [False, True], ids=["installed", "failed"])
def test_on_windows_pip_works_at_a_short_path_which_is_gone_after(
    plan: Plan, install: Install, short: Path, spoilt: bool
) -> None:
    assert short.parent == Path(tempfile.tempdir)
    assert len(short.name) == 4
    plan.log.write_text("")
    (short / "of one that was killed").mkdir(parents=True)
    seen = plan.log.parent / "seen"
    # The first thing that pip is asked is its version.
    python = plan.log.parent / "python"
    python.write_text(f'#!/bin/sh\necho "$TMPDIR:$(ls {short})" >> {seen}\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    if spoilt:
        (plan.wheels / "torch-2.13.0-py3-none-any.whl").unlink()
    installation = install(replace(plan, python=python))
    assert installation.state is (State.FAILED if spoilt else State.INSTALLED), installation.sentence
    assert f"{short}:" in seen.read_text().splitlines()
    assert "killed" not in seen.read_text()
    assert not short.exists()
    assert leftovers(plan) == []


def test_on_windows_what_pip_left_at_the_short_path_is_uninstalled_too(plan: Plan, short: Path) -> None:
    short.mkdir()
    folders.uninstall(plan.parent)
    assert not short.exists()


def test_on_windows_pip_works_in_the_new_folder_where_the_short_path_is_on_another_disk(
    plan: Plan, short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Path("/dev/shm")
    if not other.exists() or other.stat().st_dev == plan.parent.stat().st_dev:
        pytest.skip("there is one disk only")
    monkeypatch.setattr(tempfile, "tempdir", str(other))
    assert folders.temporary_folder(plan.parent / "py.new") == plan.parent / "py.new" / "tmp"


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("C:/Users/Name/env/../env/py311-cpu.new", r"\\?\C:\Users\Name\env\py311-cpu.new"),
        ("//server/share/env/py311-cpu", r"\\?\UNC\server\share\env\py311-cpu"),
    ],
)
def test_windows_removes_paths_of_any_length(
    folder: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed = []
    monkeypatch.setattr(folders, "IS_WINDOWS", True)
    monkeypatch.setattr(folders, "shutil", SimpleNamespace(rmtree=lambda path, **_: removed.append(path)))
    folders.remove(Path(folder))
    assert removed == [expected]


def test_a_network_that_is_cut_is_told(plan: Plan, install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{unused.getsockname()[1]}/simple")
    for name, value in (("RETRIES", "1"), ("CONFIG_FILE", os.devnull), ("FIND_LINKS", ""), ("NO_INDEX", "0")):
        monkeypatch.setenv(f"PIP_{name}", value)
    installation = install(replace(plan, wheels=None, online_access=True))
    assert installation.state is State.FAILED
    assert "The connection to the package index was lost" in installation.sentence
    assert leftovers(plan) == []
