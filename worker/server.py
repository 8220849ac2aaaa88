"""The worker's side of the streams: one job at a time, queries beside it, until the client leaves."""

import os
import queue
import signal
import sys
import threading
import traceback
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

from ..core.errors import Cancelled, NeuralShapesError, is_out_of_memory
from . import protocol, task
from .protocol import Message

# ERROR_MOD_NOT_FOUND and ERROR_DLL_INIT_FAILED: how torch's libraries fail to load on Windows.
LIBRARY_WINDOWS_ERRORS = (126, 1114)


def serve() -> NoReturn:
    """Answer the client on the standard streams; ends the process when the client closes them or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Control-C in a terminal is for the client to handle.
    incoming, outgoing = _take_standard_streams()
    server = _Server(outgoing)
    server.start()
    try:
        while (message := protocol.read_message(incoming)) is not None:
            server.receive(message)
    except protocol.ProtocolError as error:
        print(error, file=sys.stderr)
        _end(1)
    _end(0)


def _take_standard_streams() -> tuple[BinaryIO, BinaryIO]:
    """The protocol's own streams; a library now reads nothing, and what it prints goes to the log."""
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return incoming, outgoing


def _end(status: int) -> NoReturn:
    """End at once, whatever the other threads are doing: nobody is left to take what they would have made."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


@dataclass(frozen=True)
class _Work:
    message: Message
    cancelled: threading.Event


class _Server:
    def __init__(self, outgoing: BinaryIO) -> None:
        self._outgoing = outgoing
        self._sending = threading.Lock()
        self._jobs: queue.SimpleQueue[_Work] = queue.SimpleQueue()
        self._queries: queue.SimpleQueue[_Work] = queue.SimpleQueue()
        self._pending: dict[int, _Work] = {}

    def start(self) -> None:
        for name, works in (("jobs", self._jobs), ("queries", self._queries)):
            threading.Thread(target=self._work_off, args=(works,), name=name, daemon=True).start()
        self._send(Message(protocol.READY, 0))

    def receive(self, message: Message) -> None:
        if message.kind == protocol.CANCEL:
            if work := self._pending.get(message.id):
                work.cancelled.set()
            return
        work = self._pending[message.id] = _Work(message, threading.Event())
        (self._jobs if message.kind == protocol.JOB else self._queries).put(work)

    def _work_off(self, works: "queue.SimpleQueue[_Work]") -> NoReturn:
        while True:
            self._do(works.get())

    def _do(self, work: _Work) -> None:
        answer = self._answer(work)
        del self._pending[work.message.id]
        try:
            self._send(answer)
        # Of whatever kind: a copy of large arrays may find no memory, and without this thread nothing ends.
        except Exception as error:
            self._send(_failure(work.message, error))

    def _answer(self, work: _Work) -> Message:
        """Do one piece of work; every way in which it can end is a message."""
        request = work.message
        parameters = request.body.get("parameters", {})
        try:
            reply = task.find(_task(request))(task.Request(parameters, request.arrays), self._control(work))
        except Cancelled:
            return Message(protocol.CANCELLED, request.id)
        except Exception as error:
            return _failure(request, error)
        kind = protocol.CANCELLED if work.cancelled.is_set() else protocol.DONE
        return Message(kind, request.id, reply.body, reply.arrays)

    def _control(self, work: _Work) -> task.Control:
        def report(reply: task.Reply) -> None:
            self._send(Message(protocol.PROGRESS, work.message.id, reply.body, reply.arrays))

        return task.Control(report, work.cancelled.is_set)

    def _send(self, message: Message) -> None:
        try:
            with self._sending:
                protocol.write_message(self._outgoing, message)
        except OSError:
            _end(0)


def _task(request: Message) -> str:
    return str(request.body.get("task"))


def _failure(request: Message, error: Exception) -> Message:
    """What to answer when an error kept a request from its end; of one that no task foresaw the log tells."""
    if isinstance(error, NeuralShapesError):
        sentence = str(error)
    else:
        traceback.print_exception(error)
        sentence = _sentence(_task(request), error)
    return Message(protocol.FAILED, request.id, {"sentence": sentence})


def _sentence(name: str, error: Exception) -> str:
    """What to tell the artist about an error that no task foresaw."""
    if is_out_of_memory(error):
        return f"Memory ran out ({name}); use a smaller preset or resolution, or close other programs."
    if isinstance(error, ImportError) or getattr(error, "winerror", None) in LIBRARY_WINDOWS_ERRORS:
        return f"The worker's Python cannot load a library ({error}); install its environment anew."
    return f"The worker failed ({name}: {type(error).__name__}: {error}); its log tells more."
