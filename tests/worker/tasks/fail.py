"""Fail in the way that the request names."""

import os
import signal

from neural_shapes.core.errors import Cancelled, NeuralShapesError
from neural_shapes.worker.task import Control, Reply, Request


def run(request: Request, control: Control) -> Reply:
    match request.parameters["how"]:
        case "sentence":
            raise NeuralShapesError("The mesh has no faces.")
        case "bug":
            raise ZeroDivisionError("division by zero")
        case "memory":
            raise MemoryError
        case "library":
            import a_module_that_nobody_has  # noqa: F401
        case "nothing reached":
            raise Cancelled
        case "exit":
            os.write(2, b"terminate called after throwing an instance of 'c10::Error'\n")
            os._exit(1)
        case "unsendable":
            return Reply({"not JSON": object()})
        case "SIGSEGV" | "SIGKILL" as name:
            os.kill(os.getpid(), getattr(signal, name))
            # Another thread may be the one that it reaches.
            signal.pause()
    raise AssertionError
