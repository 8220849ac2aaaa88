"""Every way in which a worker's process can end is a sentence that says what to do."""

import signal
from pathlib import Path
from types import SimpleNamespace

import pytest
from neural_shapes.worker import death
from neural_shapes.worker.main import OLD_PYTHON

PYTHON = Path("python")


@pytest.mark.parametrize(
    ("status", "log", "expected"),
    [
        # As subprocess reports them on Windows, where no test of ours runs a worker.
        (0xC0000005, "", "crashed within one of its libraries (access violation)"),
        (0xC0000135, "", "crashed within one of its libraries (a DLL is missing)"),
        (0xC0000017, "", "memory ran out"),
        (0xC0000005 - (1 << 32), "", "access violation"),
        (-9, "", "memory ran out"),
        (-6, "", "SIGABRT"),
        (OLD_PYTHON, "3.9", "is 3.9, older than 3.11; choose another Python"),
        (1, "ImportError: bad numpy", "exit status 1: ImportError: bad numpy"),
        (0, "", "exit status 0"),
    ],
)
def test_an_exit_status_is_explained(status: int, log: str, expected: str) -> None:
    assert expected in death.ended(PYTHON, status, log, was_ready=True)


def test_a_clean_exit_is_no_lack_of_memory_where_there_is_no_sigkill(monkeypatch: pytest.MonkeyPatch) -> None:
    # As on Windows.
    monkeypatch.setattr(death, "signal", SimpleNamespace(Signals=signal.Signals))
    assert "exit status 0" in death.ended(PYTHON, 0, "", was_ready=True)


def test_a_worker_that_was_never_ready_is_a_matter_of_its_python() -> None:
    sentence = death.ended(PYTHON, 1, "ImportError: bad numpy", was_ready=False)
    assert "python does not work as a worker (exit status 1: ImportError: bad numpy); choose" in sentence
