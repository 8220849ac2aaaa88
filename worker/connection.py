"""One life of the worker process, and the two threads that keep its streams moving while Blender goes on."""

import os
import queue
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from . import death, protocol
from .protocol import Message

# How long a process that has closed its stream may take to be gone before it is killed.
EXIT_SECONDS = 5.0

# How much of the log's end is read to find its last line.
LOG_TAIL_BYTES = 4096


class Connection:
    """A worker process that was asked to start; no method but `close` waits for it.

    `command` starts with the Python; `log` is appended to; `news` is set whenever there is something to see.
    """

    def __init__(self, command: list[str], log: Path, news: threading.Event) -> None:
        self._command = command
        self._log = log
        self._news = news
        self._outbox: queue.SimpleQueue[list[protocol.Buffer] | None] = queue.SimpleQueue()
        self._inbox: list[Message] = []
        self._changing = threading.Lock()
        self._process: subprocess.Popen | None = None
        self._killed = False
        self.started_at = time.monotonic()
        self.ready_at: float | None = None
        """When the worker was there (of time.monotonic); None while it starts."""
        self.answered_at: float | None = None
        """When the worker first sent something of a request, for which it has loaded torch; None before."""
        self.end: str | None = None
        """Why the process is gone, in one sentence; None while it starts or runs."""
        self._writer = threading.Thread(target=self._start_and_write, name="worker-writer", daemon=True)
        self._writer.start()

    def send(self, buffers: list[protocol.Buffer]) -> None:
        """Queue an encoded message to be written."""
        self._outbox.put(buffers)

    def receive(self) -> list[Message]:
        """The messages since the last call, of progress only the latest for each request."""
        with self._changing:
            messages, self._inbox = self._inbox, []
        return messages

    def kill(self) -> None:
        """End the process at once; `end` is set soon after."""
        with self._changing:
            self._killed = True
            if self._process is not None:
                self._process.kill()

    def close(self, patience: float) -> None:
        """Close the stream, by which a worker ends; kill one that has not ended within `patience` seconds."""
        self._outbox.put(None)
        self._writer.join(patience)
        if self._process is None:
            return
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()

    def _start_and_write(self) -> None:
        """The writing thread: starting a process and filling a pipe both may take their time."""
        try:
            with open(self._log, "ab") as log:
                log_start = log.tell()
                self._start(log)
        except OSError as error:
            self._finish(death.not_started(Path(self._command[0]), self._log, error))
            return
        threading.Thread(target=self._read, args=(log_start,), name="worker-reader", daemon=True).start()
        try:
            with self._process.stdin as stdin:
                while self._write_next(stdin):
                    pass
        except OSError:
            pass  # The worker is gone, and the reading thread says why.

    def _write_next(self, stdin: BinaryIO) -> bool:
        """Write the next message; False at the end. A call of its own lets go of large arrays."""
        buffers = self._outbox.get()
        if buffers is None:
            return False
        for buffer in buffers:
            stdin.write(buffer)
        stdin.flush()
        return True

    def _start(self, log: BinaryIO) -> None:
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        with self._changing:
            self._process = process
            if self._killed:
                process.kill()

    def _read(self, log_start: int) -> None:
        """The reading thread: everything that the worker sends, and how it ended."""
        garbled = ""
        try:
            with self._process.stdout as stdout:
                while (message := protocol.read_message(stdout)) is not None:
                    self._keep(message)
        # Of whatever kind: without this thread no request would ever end.
        except Exception as error:
            garbled = str(error) or type(error).__name__
            self._process.kill()
        try:
            status = self._process.wait(EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        python = Path(self._command[0])
        if self._killed:
            self._finish(death.STOPPED)
        elif garbled:
            self._finish(death.garbled(python, garbled, self.ready_at is not None))
        else:
            line = _last_line(self._log, log_start)
            self._finish(death.ended(python, status, line, self.ready_at is not None))

    def _keep(self, message: Message) -> None:
        if message.kind == protocol.READY:
            self.ready_at = time.monotonic()
            return
        with self._changing:
            earlier = next((kept for kept in self._inbox if _supersedes(message, kept)), None)
            if earlier is not None:
                # Steps come more often than weights: the latest of both are news.
                self._inbox.remove(earlier)
                message = replace(message, arrays={**earlier.arrays, **message.arrays})
            self._inbox.append(message)
            if self.answered_at is None:
                self.answered_at = time.monotonic()
        self._news.set()

    def _finish(self, end: str) -> None:
        self.end = end
        self._outbox.put(None)
        self._news.set()


def _supersedes(message: Message, earlier: Message) -> bool:
    return message.kind == earlier.kind == protocol.PROGRESS and message.id == earlier.id


def _last_line(log: Path, start: int) -> str:
    """The last line that was written to the log after `start`; nothing where the log was deleted."""
    try:
        with open(log, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(start, file.tell() - LOG_TAIL_BYTES))
            lines = file.read().decode(errors="replace").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
