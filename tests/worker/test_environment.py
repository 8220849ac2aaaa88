"""Which Python becomes the worker: the artist's choice, the variable, the managed folder, this one."""

import sys
from pathlib import Path

import pytest
from neural_shapes.worker.environment import (
    PYTHON_VARIABLE,
    NoWorkerError,
    WorkerEnvironment,
    find_environment,
)


@pytest.fixture(autouse=True)
def no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PYTHON_VARIABLE, raising=False)


@pytest.fixture
def managed(tmp_path: Path) -> Path:
    (tmp_path / "packages" / "torch").mkdir(parents=True)
    return tmp_path / "packages"


@pytest.fixture
def python(tmp_path: Path) -> Path:
    path = tmp_path / "environment" / "bin" / "python"
    path.parent.mkdir(parents=True)
    path.touch()
    return path


def test_the_artists_choice_comes_first(python: Path, managed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PYTHON_VARIABLE, sys.executable)
    assert find_environment(str(python), managed) == WorkerEnvironment(python)


def test_a_virtual_environments_folder_stands_for_its_python(python: Path) -> None:
    assert find_environment(str(python.parent.parent)) == WorkerEnvironment(python)


def test_a_virtual_environments_link_is_not_followed(python: Path, tmp_path: Path) -> None:
    # The Python that it leads to does not have the environment's packages.
    link = tmp_path / "link"
    link.symlink_to(python)
    assert find_environment(str(link)).python == link


def test_the_variable_comes_before_what_was_installed(
    python: Path, managed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PYTHON_VARIABLE, str(python))
    assert find_environment("", managed) == WorkerEnvironment(python)


def test_the_managed_packages_are_used_with_this_python(managed: Path) -> None:
    assert find_environment("", managed) == WorkerEnvironment(Path(sys.executable), managed)


def test_this_python_is_the_last_resort_where_it_has_torch_which_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text("raise AssertionError('imported')")
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert find_environment() == WorkerEnvironment(Path(sys.executable))
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(NoWorkerError, match=r"needs PyTorch: press Install, or choose a Python"):
        find_environment()


def test_a_choice_without_a_python_is_refused_with_what_to_do(tmp_path: Path, managed: Path) -> None:
    for chosen in (tmp_path / "gone", managed):
        with pytest.raises(NoWorkerError, match=f"no Python at {chosen}; choose another"):
            find_environment(str(chosen), managed)
