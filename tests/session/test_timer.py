"""What keeps jobs moving inside Blender, and that the worker ends with it."""

import math
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from neural_shapes.session.jobs import JobTable, State

pytest.importorskip("bpy")
from neural_shapes.session import normals_playback, playback, timer

PATIENCE = 60.0


@pytest.fixture
def table(open_client: Callable, monkeypatch: pytest.MonkeyPatch) -> JobTable:
    table = JobTable(open_client)
    monkeypatch.setattr(timer, "jobs", table)
    return table


def test_in_background_a_job_is_seen_through_with_lines_of_progress(
    table: JobTable, capsys: pytest.CaptureFixture[str]
) -> None:
    job = table.submit("1", "Suzanne", "count", {"steps": 5, "seconds": 0.1}, {})
    timer.follow(job)
    assert job.state is State.DONE
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Suzanne: count, step 1 of 5"
    assert len(lines) < 5


def test_what_a_result_has_to_say_is_printed_in_background_and_kept_until_it_is_dismissed(
    table: JobTable, capsys: pytest.CaptureFixture[str]
) -> None:
    job = table.submit("1", "Suzanne", "remark", {}, {})
    timer.follow(job)
    sentence = "The surface is coarser than it was to be."
    assert capsys.readouterr().out.splitlines()[-1] == f"Suzanne: {sentence}"
    assert (job.state, [told.sentence for told in table.told]) == (State.DONE, [sentence])
    table.forget("1")
    assert table.told == []


def test_the_timer_takes_no_time_that_an_artist_would_notice_and_stops_when_idle(
    table: JobTable, stopwatch: Callable
) -> None:
    # Without a window no timer runs: the test calls it as Blender's event loop would.
    table.submit("1", "Suzanne", "count", {"steps": 200, "seconds": 0.005}, {})
    give_up = time.monotonic() + PATIENCE
    interval: float | None = timer.INTERVAL_SECONDS
    while interval is not None:
        assert time.monotonic() < give_up
        time.sleep(0.01)
        interval = stopwatch(timer._tick)
    assert table.idle
    assert len(stopwatch.elapsed) > 10
    assert not stopwatch.noticed


@pytest.mark.parametrize(
    ("progress", "line"),
    [
        ({}, "Suzanne: train"),
        (
            {"phase": "training", "step": 120, "steps": 600, "loss": 0.00123}
            | {"share": 0.3, "seconds_left": 7.6},
            "Suzanne: training, step 120 of 600, loss 1.23e-03, 30%, 8 s left",
        ),
        (
            {"phase": "distances", "step": 0, "steps": 600, "loss": math.nan, "share": 0.0},
            "Suzanne: distances, step 0 of 600, 0%",
        ),
        ({"phase": "extracting", "share": 0.5}, "Suzanne: extracting, 50%"),
    ],
)
def test_a_line_of_progress(table: JobTable, progress: dict, line: str) -> None:
    job = table.submit("1", "Suzanne", "train", {}, {})
    job.progress = progress
    assert timer.progress_line(job) == line


# A Blender in which Neural Shapes is enabled and has started its worker.
BLENDER = """
import sys
from pathlib import Path
import bpy
from neural_shapes.session import worker

worker.register()
job = worker.jobs.submit("1", "Suzanne", "unknown", {{}}, {{}})
worker.jobs.run_to_end(job, print)
print(worker.jobs._client._connection._process.pid, job.sentence, flush=True)
assert worker.log_path().exists()
{leave}
"""


@pytest.mark.parametrize(
    "leave",
    [
        "worker.unregister(); assert worker.jobs._client is None",
        "sys.exit()",
        "import os; os._exit(0)",
    ],
    ids=["disabled", "quit", "crashed"],
)
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_worker_ends_with_blender(leave: str) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", BLENDER.format(leave=leave)], capture_output=True, text=True, check=True
    )
    process, sentence = finished.stdout.strip().splitlines()[-1].split(" ", 1)
    assert "knows no task" in sentence
    give_up = time.monotonic() + PATIENCE
    while Path(f"/proc/{process}").exists():
        assert time.monotonic() < give_up
        time.sleep(0.05)


# A Blender that tells, while its worker is ended with it, whether the log is there.
QUITTING_BLENDER = """
from neural_shapes.session import worker
from neural_shapes.worker.client import WorkerClient

class Client(WorkerClient):
    def close(self):
        print("the log is there:", worker.log_path().exists(), flush=True)
        super().close()

worker.WorkerClient = Client
worker.register()
worker.jobs.run_to_end(worker.jobs.submit("1", "Suzanne", "unknown", {}, {}), print)
print(worker.log_path().parent, flush=True)
"""


def test_the_folder_of_the_log_is_deleted_after_the_worker_has_ended() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", QUITTING_BLENDER], capture_output=True, text=True, check=True
    )
    *_, folder, told = finished.stdout.strip().splitlines()
    assert told == "the log is there: True"
    assert not Path(folder).exists()


@pytest.mark.parametrize("module", [timer, playback, normals_playback], ids=lambda module: module.__name__)
def test_whichever_timer_sees_news_of_a_job_the_sidebar_is_drawn_anew(
    module: ModuleType, table: JobTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []
    monkeypatch.setattr(timer, "redraw_sidebars", lambda: drawn.append(module))
    for following in (playback, normals_playback):
        monkeypatch.setattr(following, "can_follow", lambda: True)
    job = table.submit("1", "Suzanne", "count", {"steps": 5, "seconds": 0.02}, {})
    monkeypatch.setattr(normals_playback, "_open", {1: job})
    give_up = time.monotonic() + PATIENCE
    while job.active:
        assert time.monotonic() < give_up
        before = (job.state, job.progress, len(drawn))
        module._tick()
        assert (job.state, job.progress) == before[:2] or len(drawn) > before[2]
        time.sleep(0.01)
