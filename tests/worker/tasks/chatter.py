"""Print on standard output in every way that a library may, and try to read standard input."""

import ctypes
import os
import subprocess
import sys

from neural_shapes.worker.task import Control, Reply, Request


def run(request: Request, control: Control) -> Reply:
    print("printed by Python")
    os.write(1, b"written to the descriptor\n")
    if sys.platform != "win32":
        library = ctypes.CDLL(None)
        library.puts(b"put by the C library")
        library.fflush(None)
    subprocess.run([sys.executable, "-c", "print('printed by a child process')"], check=True)
    print("said on standard error", file=sys.stderr)
    return Reply({"read": sys.stdin.read()})
