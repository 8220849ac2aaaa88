"""Blender's side of the worker: requests go out, what became of them comes back, and nothing ever waits.

    client = WorkerClient(find_environment(), log)
    request = client.submit("train", {"recipe": "standard"}, {"vertices": vertices, "faces": faces})
    for message in client.poll(): ...                       # from a timer: returns at once
    message = client.run_to_end(request, print_progress)    # without an event loop

A worker is started by the first request, and by the next one after it has died. Every request ends with
exactly one message of a kind in ENDS. Only the thread that made a client may use it.
"""

import itertools
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from . import protocol
from .connection import Connection
from .environment import WorkerEnvironment
from .protocol import Message

MAIN = Path(__file__).with_name("main.py")

# Isolated from this process's Python settings, with a log that is written at once and in UTF-8.
PYTHON_OPTIONS = ["-I", "-u", "-X", "utf8"]

ENDS = frozenset({protocol.DONE, protocol.FAILED, protocol.CANCELLED})

# A training step takes milliseconds, the search tree of two million triangles some ten seconds (measured); a
# cancelled job that says nothing for longer than this hangs in a library. So does a query that takes longer.
CANCEL_SECONDS = 30.0
QUERY_SECONDS = 30.0
CLOSE_SECONDS = 2.0
# A start, and then the loading of torch, take seconds, from a slow network folder some minutes; what takes
# longer hangs.
START_SECONDS = 600.0

# How often a blocking wait looks for deadlines.
WAIT_SECONDS = 0.1


class WorkerClient:
    """One worker process at most, and the requests that were made of it.

    `log` is the file that takes what the worker and its libraries print; `threads` is how many it computes
    with (0: one for each core); with `low_priority` it yields to every other program; `main` is its script.
    """

    _ids = itertools.count(1)  # Of all clients, so that a request is known by its id alone.

    def __init__(
        self,
        environment: WorkerEnvironment,
        log: Path,
        *,
        threads: int = 0,
        low_priority: bool = True,
        main: Path = MAIN,
    ) -> None:
        self.log = log
        self._command = [os.fspath(environment.python), *PYTHON_OPTIONS, os.fspath(main)]
        self._command += ["--threads", str(threads)]
        if environment.packages is not None:
            self._command += ["--packages", os.fspath(environment.packages)]
        if low_priority:
            self._command.append("--low-priority")
        self._news = threading.Event()
        self._connection: Connection | None = None
        self._waiting: dict[int, list[protocol.Buffer]] = {}
        self._running: int | None = None
        self._is_running_cancelled = False
        self._kill_at = float("inf")
        self._queries: dict[int, list[protocol.Buffer]] = {}
        # Since when the worker has had no other query before the first of them.
        self._query_since = 0.0
        self._settled: list[Message] = []

    def submit(
        self, task: str, parameters: dict[str, Any] | None = None, arrays: dict[str, np.ndarray] | None = None
    ) -> int:
        """Queue a job; jobs run one after the other. Returns the id of its messages.

        The arrays are not copied where they are contiguous and must not change until the job has ended.
        Raises ProtocolError for parameters or arrays that cannot be sent.
        """
        self._collect()
        request = next(self._ids)
        self._waiting[request] = _encoded(protocol.JOB, request, task, parameters, arrays)
        self._send_next_job()
        return request

    def ask(
        self, task: str, parameters: dict[str, Any] | None = None, arrays: dict[str, np.ndarray] | None = None
    ) -> int:
        """Send a query, answered while a job runs, but behind earlier queries; for the rest as `submit`.

        It fails after QUERY_SECONDS, in which neither the worker's start nor the earlier queries count, or
        START_SECONDS where it is the first thing that a worker does. A worker that gave no answer is ended,
        unless a job would be lost with it, and the later queries go to the next one.
        """
        self._collect()
        request = next(self._ids)
        encoded = _encoded(protocol.QUERY, request, task, parameters, arrays)
        self._connect().send(encoded)
        if not self._queries:
            self._query_since = time.monotonic()
        self._queries[request] = encoded
        return request

    @property
    def running(self) -> int | None:
        """The job that the worker has been given."""
        return self._running

    def cancel(self, request: int) -> None:
        """End a request; a job goes on until it has given what it reached, or its worker is ended with it.

        That happens to one that is silent for CANCEL_SECONDS.
        """
        if self._waiting.pop(request, None) is not None:
            self._settled.append(Message(protocol.CANCELLED, request))
        elif request in self._queries:
            self._connection.send(protocol.encode(Message(protocol.CANCEL, request)))
            self._settled.append(Message(protocol.CANCELLED, request))
            self._forget(request)
        elif request == self._running and not self._is_running_cancelled:
            self._connection.send(protocol.encode(Message(protocol.CANCEL, request)))
            self._is_running_cancelled = True
            self._kill_at = time.monotonic() + CANCEL_SECONDS

    def poll(self) -> list[Message]:
        """What has come since the last call; never waits.

        A `progress` message is the latest of its request, with the latest arrays that came with any. A
        `failed` one says why in `body["sentence"]`; a `cancelled` one carries what the task had reached, if
        anything.
        """
        self._news.clear()
        self._collect()
        self._enforce_deadlines()
        self._send_next_job()
        messages, self._settled = self._settled, []
        return messages

    def run_to_end(self, request: int, on_progress: Callable[[Message], None]) -> Message:
        """Wait until a request ends, and return its last message; the other requests' are left to `poll`.

        Control-C cancels the request; a second one, or one after the end, raises KeyboardInterrupt.
        """
        others: list[Message] = []
        end = None
        try:
            while end is None:
                try:
                    self._news.wait(WAIT_SECONDS)
                    messages = self.poll()
                    others += [message for message in messages if message.id != request]
                    own = [message for message in messages if message.id == request]
                    # Before the calls that Control-C may interrupt.
                    end = next((message for message in own if message.kind in ENDS), None)
                    for message in own:
                        if message is not end:
                            on_progress(message)
                except KeyboardInterrupt:
                    others += [] if end is None else [end]
                    is_cancelled = request == self._running and self._is_running_cancelled
                    if is_cancelled or not self._is_open(request):
                        raise
                    self.cancel(request)
        finally:
            self._settled = others + self._settled
        return end

    def close(self) -> None:
        """End the worker, within some seconds at most; requests that had not ended are forgotten."""
        self._waiting.clear()
        for request in self._sent():
            self._forget(request)
        if self._connection is not None:
            self._connection.close(CLOSE_SECONDS)
            self._connection = None

    def _connect(self) -> Connection:
        if self._connection is None:
            self._connection = Connection(self._command, self.log, self._news)
        return self._connection

    def _send_next_job(self) -> None:
        """Jobs wait here, so that those behind one that takes its worker down with it are not lost."""
        if self._running is None and self._waiting:
            self._running = next(iter(self._waiting))
            self._connect().send(self._waiting.pop(self._running))

    def _is_open(self, request: int) -> bool:
        """Whether a request has not ended."""
        return request in self._waiting or request in self._sent()

    def _sent(self) -> list[int]:
        """The requests that the worker has and that have not ended."""
        return [*([] if self._running is None else [self._running]), *self._queries]

    def _collect(self) -> None:
        """Take what has come from the worker, its end included."""
        if self._connection is None:
            return
        end = self._connection.end  # Looked at first: nothing comes after it.
        for message in self._connection.receive():
            self._settle(message)
        if end is not None:
            self._bury(end)

    def _settle(self, message: Message) -> None:
        """Pass a message on, unless its request has ended already."""
        if message.id in self._sent():
            self._settled.append(message)
            if message.id == self._running and self._is_running_cancelled:
                self._kill_at = time.monotonic() + CANCEL_SECONDS
            if message.kind in ENDS:
                self._forget(message.id)

    def _forget(self, request: int) -> None:
        if self._queries.pop(request, None) is not None:
            self._query_since = time.monotonic()
        if request == self._running:
            self._running, self._is_running_cancelled = None, False
            self._kill_at = float("inf")

    def _bury(self, end: str) -> None:
        """End the requests that the dead worker had; those that wait are for the next one."""
        self._connection = None
        for request in self._sent():
            self._end(request, end)

    def _enforce_deadlines(self) -> None:
        now = time.monotonic()
        if now > self._kill_at:
            self._kill_at = float("inf")
            self._connection.kill()
        if not self._sent():
            return
        if self._connection.ready_at is None:
            if now > self._connection.started_at + START_SECONDS:
                self._connection.kill()
                self._bury("The worker did not start in time; see its log.")
        elif self._queries and now > self._query_deadline():
            self._give_up_query()

    def _query_deadline(self) -> float:
        """When the first of the queries is given up; what a worker does first begins with loading torch."""
        answered_at = self._connection.answered_at
        if answered_at is None:
            return max(self._query_since, self._connection.ready_at) + START_SECONDS
        return max(self._query_since, answered_at) + QUERY_SECONDS

    def _give_up_query(self) -> None:
        """Fail the query that takes too long, and end its worker unless a job runs there."""
        request, *later = self._queries
        self._end(request, "The worker has not answered in time; see its log.")
        if self._running is not None:
            self._connection.send(protocol.encode(Message(protocol.CANCEL, request)))
            return
        self._connection.kill()
        self._connection = None
        for request in later:
            self._connect().send(self._queries[request])

    def _end(self, request: int, why: str) -> None:
        """End a request that the worker has: it failed for a reason, or was cancelled before."""
        is_cancelled = request == self._running and self._is_running_cancelled
        self._settled.append(Message(protocol.CANCELLED, request) if is_cancelled else _failed(request, why))
        self._forget(request)


def _encoded(
    kind: str,
    request: int,
    task: str,
    parameters: dict[str, Any] | None,
    arrays: dict[str, np.ndarray] | None,
) -> list[protocol.Buffer]:
    body = {"task": task, "parameters": parameters or {}}
    return protocol.encode(Message(kind, request, body, arrays or {}))


def _failed(request: int, sentence: str) -> Message:
    return Message(protocol.FAILED, request, {"sentence": sentence})
