"""The product's worker, started by a test, in which whatever task runs meets the fault that a file names.

The file at NEURAL_SHAPES_TEST_FAULT holds "killed", "hung", "memory" or "deaf"; without it all is well.
"""

import importlib
import importlib.util
import os
import signal
import sys
import time
from pathlib import Path

MAIN = Path(__file__).resolve().parents[3] / "worker" / "main.py"
FAULT = Path(os.environ["NEURAL_SHAPES_TEST_FAULT"])

spec = importlib.util.spec_from_file_location("worker_main", MAIN)
main = importlib.util.module_from_spec(spec)
spec.loader.exec_module(main)
main.prepare(sys.argv[1:])
task = importlib.import_module("neural_shapes.worker.task")
find = task.find


def find_faulty(name: str):
    """The task of a name, behind the fault; its own module, and with it torch, is found after that."""

    def run_into_fault(request: object, control: object) -> object:
        match FAULT.read_text() if FAULT.exists() else "":
            case "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            case "hung":
                control.report(task.Reply({"phase": "hanging"}))
                time.sleep(1000)
            case "memory":
                raise MemoryError
            case "deaf":
                control.report(task.Reply({"phase": "waiting for a cancel that goes unheard"}))
                while not control.cancelled():
                    time.sleep(0.01)
                control = task.Control(control.report, lambda: False)
        return find(name)(request, control)

    return run_into_fault


task.find = find_faulty
importlib.import_module("neural_shapes.worker.server").serve()
