"""Give back what came, and where it was done."""

import os

from neural_shapes.worker.task import Control, Reply, Request


def run(request: Request, control: Control) -> Reply:
    return Reply({"parameters": request.parameters, "process": os.getpid()}, request.arrays)
