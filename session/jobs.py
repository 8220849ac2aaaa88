"""The table of jobs: what the worker has been asked to do for which object, and what became of it.

It is a matter of the running session, not of the file: it lies outside Blender's data and its undo.
"""

import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

import numpy as np

from ..core.errors import NeuralShapesError
from ..worker import protocol
from ..worker.client import ENDS, WorkerClient
from ..worker.protocol import Message


class State(Enum):
    """Where a job is. Only the first two are active."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(eq=False)
class Job:
    """One request to the worker on behalf of an object.

    `uuid` and `label` are the object's; `progress` is the body of its latest progress message (for the task
    `train`: phase, step, steps, loss, share, seconds_left), `sentence` says why a failed job failed, or what
    of another's result is not as it was asked for. `on_progress` and `on_end` are called with the job and the
    worker's message, within a timer or, in background, within `run_to_end`: `on_end` for a job that is done
    and, where it `keeps_reached`, for one that was cancelled after it had reached something, which are then
    the message's arrays. A query is answered too soon to be shown to the artist.
    """

    uuid: str
    label: str
    task: str
    request: int
    on_progress: Callable[["Job", Message], None] | None = None
    on_end: Callable[["Job", Message], None] | None = None
    keeps_reached: bool = False
    state: State = State.QUEUED
    is_query: bool = False
    cancelling: bool = False
    progress: dict[str, Any] = field(default_factory=dict)
    sentence: str = ""

    @property
    def active(self) -> bool:
        """Whether the worker still has to do with it."""
        return self.state in (State.QUEUED, State.RUNNING)


class JobTable:
    """The jobs of this Blender session.

    `open_client` makes the worker's client when the first job comes; a result waits until `may_apply(job)`.
    """

    def __init__(
        self, open_client: Callable[[], WorkerClient], may_apply: Callable[[Job], bool] = lambda _: True
    ) -> None:
        self._open_client = open_client
        self._may_apply = may_apply
        self._client: WorkerClient | None = None
        self._jobs: dict[int, Job] = {}
        self._results: dict[Job, Message] = {}

    def submit(
        self,
        uuid: str,
        label: str,
        task: str,
        parameters: dict[str, Any],
        arrays: dict[str, np.ndarray],
        *,
        on_progress: Callable[[Job, Message], None] | None = None,
        on_end: Callable[[Job, Message], None] | None = None,
        keeps_reached: bool = False,
    ) -> Job:
        """Queue a job behind the others; then `session.timer.follow(job)` makes it move.

        The arrays must not change until the job has ended. Raises NeuralShapesError when the object has an
        active job already or no worker can be had.
        """
        if (earlier := self.of(uuid)) is not None and earlier.active:
            raise NeuralShapesError(f"“{label}” is being worked on ({earlier.task}); cancel that first.")
        self.forget(uuid)
        request = self._connected().submit(task, parameters, arrays)
        job = self._enter(Job(uuid, label, task, request, on_progress, on_end, keeps_reached))
        self._note_running()
        return job

    def ask(
        self,
        uuid: str,
        label: str,
        task: str,
        parameters: dict[str, Any],
        arrays: dict[str, np.ndarray],
        *,
        on_end: Callable[[Job, Message], None] | None = None,
    ) -> Job:
        """Send a short query that is answered beside the running job; otherwise as `submit`.

        Then `session.timer.keep_updating()` sees it through.
        """
        request = self._connected().ask(task, parameters, arrays)
        return self._enter(Job(uuid, label, task, request, on_end=on_end, state=State.RUNNING, is_query=True))

    def of(self, uuid: str) -> Job | None:
        """The latest job of an object, active or ended."""
        return next((job for job in reversed(self._jobs.values()) if job.uuid == uuid), None)

    @property
    def active(self) -> list[Job]:
        """The jobs that have not ended, in their order."""
        return [job for job in self._jobs.values() if job.active]

    @property
    def told(self) -> list[Job]:
        """The ended jobs that have a sentence for the artist and were not forgotten since.

        What became of a query is told by whoever asked.
        """
        return [job for job in self._jobs.values() if job.sentence and not job.is_query]

    @property
    def idle(self) -> bool:
        """Whether there is nothing to wait for and no result to apply."""
        return not self.active and not self._results

    def is_waiting(self, job: Job) -> bool:
        """Whether a job's result is there, but may not be applied yet."""
        return job in self._results

    def abandon(self) -> None:
        """Cancel all jobs, apply nothing of them and forget those that ended: their file was closed."""
        for job in self._results:
            job.state = State.CANCELLED
        self._results.clear()
        for job in self.active:
            self.drop(job)
        self._jobs = {request: job for request, job in self._jobs.items() if job.active}

    def cancel(self, job: Job) -> None:
        """Ask a job to end; it is active until the worker has let go of it and what it keeps is applied."""
        if not job.active or job.cancelling:
            return
        job.cancelling = True
        if (message := self._results.pop(job, None)) is None:
            self._client.cancel(job.request)
        else:
            self._end(job, message)

    def drop(self, job: Job) -> None:
        """Cancel a job of which nothing is to be applied any more."""
        job.on_progress = job.on_end = None
        self.cancel(job)

    def update(self) -> bool:
        """Take what the worker sent, and apply one result at most; returns whether anything changed.

        Called by the timer; apart from applying a result it takes well below a millisecond.
        """
        if self._client is None:
            return False
        messages = self._client.poll()
        for message in messages:
            self._receive(message)
        self._note_running()
        ready = next((job for job in self._results if self._may_apply(job)), None)
        if ready is not None:
            self._apply(ready)
            return True
        return bool(messages)

    def run_to_end(self, job: Job, on_progress: Callable[[Job], None]) -> Job:
        """Wait for one job, with its callbacks; for background mode, which has no timers.

        Control-C cancels the job; a second one raises KeyboardInterrupt.
        """

        def report(message: Message) -> None:
            self._receive(message)
            on_progress(job)

        if job.active and not self.is_waiting(job):
            self._receive(self._client.run_to_end(job.request, report))
        while self._results:
            self._apply(next(iter(self._results)))
        return job

    def forget(self, uuid: str) -> None:
        """Take an object's ended jobs off the table."""
        self._jobs = {request: job for request, job in self._jobs.items() if job.active or job.uuid != uuid}

    def close(self) -> None:
        """End the worker and empty the table; active jobs are cancelled, and nothing of them is applied."""
        if self._client is not None:
            self._client.close()
            self._client = None
        for job in self.active:
            job.state = State.CANCELLED
        self._results.clear()
        self._jobs.clear()

    def _connected(self) -> WorkerClient:
        if self._client is None:
            self._client = self._open_client()
        return self._client

    def _enter(self, job: Job) -> Job:
        self._jobs[job.request] = job
        return job

    def _receive(self, message: Message) -> None:
        if (job := self._jobs.get(message.id)) is None:
            return  # It had failed here, was cancelled for that, and has been forgotten since.
        if message.kind in ENDS:
            self._end(job, message)
            return
        job.progress = message.body
        if job.on_progress is not None:
            self._call(job, job.on_progress, message)

    def _end(self, job: Job, message: Message) -> None:
        """Keep a result until it may be applied; a job without one has ended. A cancel is never too late."""
        if job.cancelling and message.kind == protocol.DONE:
            message = replace(message, kind=protocol.CANCELLED)
        if _has_result(job, message):
            self._results[job] = message
        else:
            self._settle(job, message)

    def _note_running(self) -> None:
        running = self._jobs.get(self._client.running)
        if running is not None and running.state is State.QUEUED:
            running.state = State.RUNNING

    def _apply(self, job: Job) -> None:
        message = self._results.pop(job)
        self._settle(job, message)
        self._call(job, job.on_end, message)

    def _settle(self, job: Job, message: Message) -> None:
        """Note how a job ended, unless it has failed here already."""
        if not job.active:
            return
        job.sentence = message.body.get("sentence", "")
        if message.kind == protocol.FAILED:
            job.state = State.FAILED
        else:
            job.state = State.DONE if message.kind == protocol.DONE else State.CANCELLED

    def _call(self, job: Job, callback: Callable[[Job, Message], None], message: Message) -> None:
        """Call back; an error in it is the job's failure, not the timer's end."""
        try:
            callback(job, message)
        except NeuralShapesError as error:
            self._fail(job, str(error))
        except Exception as error:
            traceback.print_exc()
            self._fail(job, f"The result could not be applied ({type(error).__name__}: {error}).")

    def _fail(self, job: Job, sentence: str) -> None:
        if job.active:
            self.drop(job)
        job.state, job.sentence = State.FAILED, sentence


def _has_result(job: Job, message: Message) -> bool:
    """Whether something is to be applied of a job that ended with a message."""
    if job.on_end is None:
        return False
    is_kept = message.kind == protocol.CANCELLED and job.keeps_reached and bool(message.arrays)
    return message.kind == protocol.DONE or is_kept
