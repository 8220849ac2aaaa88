"""The session's worker follows the preferences: another Python, other threads, another worker."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("bpy")
import bpy
from neural_shapes.session import worker
from neural_shapes.session.jobs import State
from neural_shapes.session.worker import WorkerSettings
from neural_shapes.worker.environment import NoWorkerError, find_environment

SETTINGS = WorkerSettings(python=str(find_environment().python), threads=1, low_priority=False)


@pytest.fixture(autouse=True)
def settings() -> Iterator[None]:
    worker.configure(SETTINGS)
    yield
    worker.configure(WorkerSettings())


def answered() -> str:
    """What the worker says to a task that it does not know: proof that there is one."""
    job = worker.jobs.submit("1", "Suzanne", "unknown", {}, {})
    return worker.jobs.run_to_end(job, print).sentence


def process() -> int:
    return worker.jobs._client._connection._process.pid


def test_the_same_settings_keep_the_worker_and_others_replace_it() -> None:
    assert "knows no task" in answered()
    before = process()
    worker.configure(WorkerSettings(python=SETTINGS.python, threads=1, low_priority=False))
    assert "knows no task" in answered()
    assert process() == before
    worker.configure(WorkerSettings(python=SETTINGS.python, threads=2, low_priority=False))
    assert "knows no task" in answered()
    assert process() != before


def test_other_settings_cancel_what_is_active() -> None:
    job = worker.jobs.submit("1", "Suzanne", "unknown", {}, {})
    worker.configure(WorkerSettings(python="/no/such/python"))
    assert job.state is State.CANCELLED
    with pytest.raises(NoWorkerError, match="no Python at /no/such/python; choose another"):
        worker.jobs.submit("1", "Suzanne", "unknown", {}, {})
    assert worker.jobs.idle


def test_the_log_of_this_session_can_be_opened() -> None:
    answered()
    assert worker.log_path().is_file()


def test_a_worker_starts_again_after_blender_has_emptied_its_temporary_files(tmp_path: Path) -> None:
    answered()
    folder = Path(bpy.app.tempdir)
    bpy.context.preferences.filepaths.temporary_directory = str(tmp_path)
    assert not folder.exists()
    worker.jobs._client._connection.kill()
    while worker.jobs._client._connection.end is None:
        time.sleep(0.01)
    assert "knows no task" in answered()
    assert worker.log_path().is_file()
