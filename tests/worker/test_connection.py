"""Whatever a worker does, its end is noticed, and nothing of it stays behind in Blender."""

import shutil
import sys
import threading
import time
from pathlib import Path

import pytest
from neural_shapes.worker import protocol
from neural_shapes.worker.connection import Connection

PATIENCE = 30.0

SILENT = "import time; time.sleep(1000)"
# A message whose array no memory can hold.
BOUNDLESS = f"""
import struct, sys, time
header = b'{{"kind": "progress", "id": 1, "body": {{}}, "arrays": [["a", "uint8", [%d]]]}}'
header %= {protocol.MAXIMUM_ARRAYS_BYTES}
sys.stdout.buffer.write(struct.pack("<4sHI", b"NSWK", {protocol.PROTOCOL_VERSION}, len(header)) + header)
sys.stdout.buffer.flush()
time.sleep(1000)
"""


def wait_until(reached) -> None:
    give_up = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def connected(program: str, log: Path) -> Connection:
    """A connection to a process that runs a program in place of the worker."""
    connection = Connection([sys.executable, "-c", program], log, threading.Event())
    wait_until(lambda: connection._process is not None)
    return connection


def test_the_end_of_a_worker_whose_log_was_deleted_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    connection = connected(SILENT, folder / "log")
    shutil.rmtree(folder)
    connection._process.terminate()
    wait_until(lambda: connection.end is not None)
    assert connection.end


def test_a_message_that_memory_cannot_hold_ends_the_worker_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(protocol.np, "empty", refuse)
    connection = connected(BOUNDLESS, tmp_path / "log")
    wait_until(lambda: connection.end is not None)
    assert "2.0 GB" in connection.end
    assert connection._process.poll() is not None


def test_a_dead_worker_leaves_neither_threads_nor_pipes(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    connection = connected(SILENT, tmp_path / "log")
    connection.kill()
    wait_until(lambda: connection.end is not None)
    wait_until(lambda: set(threading.enumerate()) == before)
    assert connection._process.stdin.closed
    assert connection._process.stdout.closed
