"""The table of jobs with a real worker: what panels read of a job, and what is called back when."""

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from neural_shapes.core.errors import NeuralShapesError
from neural_shapes.session.jobs import Job, JobTable, State
from neural_shapes.worker.environment import NoWorkerError
from neural_shapes.worker.protocol import Message

PATIENCE = 60.0
ENDLESS = {"steps": 1_000_000, "seconds": 0.01}


@pytest.fixture
def table(open_client: Callable) -> JobTable:
    return JobTable(open_client)


def update_until(
    table: JobTable, reached: Callable[[], bool], timed: Callable[[Callable], Any] = lambda call: call()
) -> None:
    """Update as the timer does until something is reached."""
    give_up = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < give_up
        timed(table.update)
        time.sleep(0.01)


class Calls(list):
    """What was called back, as (job, message)."""

    def __call__(self, job: Job, message: Message) -> None:
        self.append((job, message))


def test_a_job_goes_from_queued_to_running_to_done(table: JobTable) -> None:
    progress, ends = Calls(), Calls()
    job = table.submit(
        "1", "Suzanne", "count", {"steps": 20, "seconds": 0.02}, {}, on_progress=progress, on_end=ends
    )
    behind = table.submit("2", "Cube", "echo", {}, {})
    assert (job.state, behind.state, table.active, table.idle) == (
        State.RUNNING,
        State.QUEUED,
        [job, behind],
        False,
    )
    update_until(table, lambda: job.progress)
    assert job.progress["steps"] == 20
    update_until(table, lambda: not job.active)
    assert (job.state, behind.state, table.of("1")) == (State.DONE, State.RUNNING, job)
    update_until(table, lambda: not behind.active)
    assert (behind.state, table.active, table.idle) == (State.DONE, [], True)
    assert all(caller is job for caller, _ in progress + ends)
    assert [message.arrays["reached"][0] for _, message in ends] == [20]


def test_an_object_has_one_active_job(table: JobTable) -> None:
    table.submit("1", "Suzanne", "count", ENDLESS, {})
    with pytest.raises(NeuralShapesError, match=r"“Suzanne” is being worked on \(count\)"):
        table.submit("1", "Suzanne", "echo", {}, {})


def test_several_objects_wait_for_each_other_and_end_one_an_update(open_client: Callable) -> None:
    ends, may_apply = Calls(), []
    table = JobTable(open_client, may_apply=lambda _: bool(may_apply))
    jobs = [table.submit(str(n), f"Object {n}", "echo", {}, {}, on_end=ends) for n in range(3)]
    update_until(table, lambda: all(table.is_waiting(job) for job in jobs))
    assert ends == []
    may_apply.append(True)
    for count in (1, 2, 3):
        table.update()
        assert [job for job, _ in ends] == jobs[:count]


@pytest.mark.parametrize("keeps_reached", [True, False])
def test_a_cancelled_job_stays_active_until_the_worker_lets_go_and_is_applied_where_that_is_wanted(
    table: JobTable, keeps_reached: bool
) -> None:
    ends = Calls()
    job = table.submit("1", "Suzanne", "count", ENDLESS, {}, on_end=ends, keeps_reached=keeps_reached)
    update_until(table, lambda: job.progress)
    table.cancel(job)
    assert (job.active, job.cancelling) == (True, True)
    update_until(table, lambda: not job.active)
    assert job.state is State.CANCELLED
    assert [message.arrays["reached"][0] > 0 for _, message in ends] == [True] * keeps_reached


@pytest.mark.parametrize("keeps_reached", [True, False])
def test_a_result_that_waits_can_be_cancelled(open_client: Callable, keeps_reached: bool) -> None:
    ends, may_apply = Calls(), []
    table = JobTable(open_client, may_apply=lambda _: bool(may_apply))
    parameters = {"steps": 1, "seconds": 0}
    job = table.submit("1", "Suzanne", "count", parameters, {}, on_end=ends, keeps_reached=keeps_reached)
    update_until(table, lambda: table.is_waiting(job))
    table.cancel(job)
    assert (job.active, table.is_waiting(job)) == (keeps_reached, keeps_reached)
    may_apply.append(True)
    table.update()
    assert (job.state, len(ends), table.idle) == (State.CANCELLED, keeps_reached, True)


def test_a_cancel_that_the_end_has_crossed_is_not_too_late(table: JobTable) -> None:
    ends = Calls()
    job = table.submit("1", "Suzanne", "echo", {}, {}, on_end=ends)
    give_up = time.monotonic() + PATIENCE
    while not table._client._connection._inbox:
        assert time.monotonic() < give_up
        time.sleep(0.01)
    table.cancel(job)
    update_until(table, lambda: not job.active)
    assert (job.state, ends) == (State.CANCELLED, [])


@pytest.mark.parametrize("how", ["sentence", "nothing reached"])
def test_where_nothing_is_to_be_applied_nothing_is_waited_for(open_client: Callable, how: str) -> None:
    table, ends = JobTable(open_client, may_apply=lambda _: False), Calls()
    job = table.submit("1", "Suzanne", "fail", {"how": how}, {}, on_end=ends, keeps_reached=True)
    update_until(table, lambda: not job.active)
    assert job.state is (State.FAILED if how == "sentence" else State.CANCELLED)
    assert ends == []


def test_a_failed_job_says_why_and_nothing_is_applied(table: JobTable) -> None:
    ends = Calls()
    job = table.submit("1", "Suzanne", "fail", {"how": "sentence"}, {}, on_end=ends)
    update_until(table, lambda: not job.active)
    assert (job.state, job.sentence, ends) == (State.FAILED, "The mesh has no faces.", [])


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_killed_worker_fails_the_job_and_the_next_job_works(table: JobTable) -> None:
    first = table.submit("1", "Suzanne", "echo", {}, {}, on_end=(ends := Calls()))
    table.run_to_end(first, print)
    job = table.submit("1", "Suzanne", "count", ENDLESS, {})
    update_until(table, lambda: job.progress)
    os.kill(ends[0][1].body["process"], signal.SIGKILL)
    update_until(table, lambda: not job.active)
    assert "memory ran out" in job.sentence
    assert table.run_to_end(table.submit("1", "Suzanne", "echo", {}, {}), print).state is State.DONE


@pytest.mark.parametrize("when", ["on_progress", "on_end"])
@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NeuralShapesError("The object was deleted."), "The object was deleted."),
        (KeyError("vertices"), "The result could not be applied (KeyError: 'vertices')."),
    ],
)
def test_an_error_while_applying_is_the_jobs_failure_and_not_the_tables(
    table: JobTable, when: str, error: Exception, sentence: str
) -> None:
    def fail(job: Job, message: Message) -> None:
        raise error

    job = table.submit("1", "Suzanne", "count", {"steps": 20, "seconds": 0.01}, {}, **{when: fail})
    update_until(table, lambda: table.idle and not job.active)
    assert (job.state, job.sentence) == (State.FAILED, sentence)
    other = table.submit("2", "Cube", "echo", {}, {})
    update_until(table, lambda: not other.active)
    assert (other.state, job.state, job.sentence) == (State.DONE, State.FAILED, sentence)


def test_a_job_that_failed_here_makes_room_for_the_next_while_the_worker_still_ends_it(
    table: JobTable,
) -> None:
    def fail(job: Job, message: Message) -> None:
        raise NeuralShapesError("The object was deleted.")

    job = table.submit("1", "Suzanne", "count", ENDLESS, {}, on_progress=fail)
    update_until(table, lambda: not job.active)
    again = table.submit("1", "Suzanne", "echo", {}, {})
    update_until(table, lambda: not again.active)
    assert again.state is State.DONE


def test_a_query_is_answered_beside_a_job(table: JobTable) -> None:
    job = table.submit("1", "Suzanne", "count", ENDLESS, {})
    update_until(table, lambda: job.progress)
    answers = Calls()
    query = table.ask("2", "Cube", "echo", {"level": 0}, {}, on_end=answers)
    update_until(table, lambda: not query.active)
    assert (query.state, job.state) == (State.DONE, State.RUNNING)
    assert answers[0][1].body["parameters"] == {"level": 0}


def test_the_end_of_one_job_may_start_the_next_for_the_same_object(table: JobTable) -> None:
    def extract(job: Job, message: Message) -> None:
        table.run_to_end(table.submit(job.uuid, job.label, "echo", {"task": "extract"}, {}), print)

    table.run_to_end(table.submit("1", "Suzanne", "echo", {}, {}, on_end=extract), print)
    assert (table.of("1").state, table.idle) == (State.DONE, True)


def test_without_timers_a_job_runs_to_its_end_with_progress(table: JobTable) -> None:
    steps = []
    job = table.submit("1", "Suzanne", "count", {"steps": 5, "seconds": 0.05}, {})
    table.run_to_end(job, lambda job: steps.append(job.progress["step"]))
    assert job.state is State.DONE
    assert steps == sorted(set(steps))
    assert steps


def test_a_job_whose_result_waits_is_not_waited_for(open_client: Callable) -> None:
    table, ends = JobTable(open_client, may_apply=lambda _: False), Calls()
    job = table.submit("1", "Suzanne", "echo", {}, {}, on_end=ends)
    update_until(table, lambda: table.is_waiting(job))
    table.run_to_end(job, print)
    assert (job.state, len(ends)) == (State.DONE, 1)


def test_ended_jobs_can_be_forgotten(table: JobTable) -> None:
    table.run_to_end(table.submit("1", "Suzanne", "echo", {}, {}), print)
    table.forget("1")
    assert table.of("1") is None


def test_abandoned_jobs_end_without_being_applied(table: JobTable) -> None:
    ends = Calls()
    running = table.submit("1", "Suzanne", "count", ENDLESS, {}, on_end=ends)
    table.submit("2", "Cube", "echo", {}, {}, on_end=ends)
    update_until(table, lambda: running.progress)
    table.abandon()
    update_until(table, lambda: table.idle)
    assert (running.state, ends) == (State.CANCELLED, [])


def test_a_dropped_job_ends_without_being_applied_and_the_others_go_on(table: JobTable) -> None:
    ends = Calls()
    dropped = table.ask("1", "Suzanne", "echo", {}, {}, on_end=ends)
    other = table.ask("2", "Cube", "echo", {}, {}, on_end=ends)
    table.drop(dropped)
    update_until(table, lambda: table.idle)
    assert (dropped.state, [job for job, _ in ends]) == (State.CANCELLED, [other])


def test_of_a_query_that_failed_whoever_asked_tells_and_not_the_table(table: JobTable) -> None:
    query = table.ask("1", "Suzanne", "fail", {"how": "sentence"}, {})
    update_until(table, lambda: not query.active)
    assert (query.sentence, table.told) == ("The mesh has no faces.", [])


def test_closing_cancels_what_is_active_and_applies_nothing(table: JobTable) -> None:
    ends = Calls()
    job = table.submit("1", "Suzanne", "count", ENDLESS, {}, on_end=ends)
    update_until(table, lambda: job.progress)
    table.close()
    assert (job.state, table.idle, ends) == (State.CANCELLED, True, [])
    assert table.run_to_end(table.submit("1", "Suzanne", "echo", {}, {}), print).state is State.DONE


def test_where_no_worker_can_be_had_nothing_is_queued() -> None:
    def no_worker() -> None:
        raise NoWorkerError("Training needs PyTorch.")

    table = JobTable(no_worker)
    with pytest.raises(NoWorkerError):
        table.submit("1", "Suzanne", "train", {}, {})
    assert table.idle


def test_no_update_keeps_blender_waiting(table: JobTable, stopwatch: Callable) -> None:
    # A training's worth of messages: the mesh of a million vertices out and back, weights with the progress.
    vertices = np.zeros((1_000_000, 3))
    counting = table.submit("1", "Suzanne", "count", {"steps": 1000, "seconds": 0.001}, {})
    echo = table.submit("2", "Cube", "echo", {}, {"vertices": vertices})
    update_until(table, lambda: not counting.active and not echo.active, stopwatch)
    assert len(stopwatch.elapsed) > 10
    assert not stopwatch.noticed
