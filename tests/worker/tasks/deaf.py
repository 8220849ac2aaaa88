"""Run on, whatever the client asks for, as a hanging library does."""

import time

from neural_shapes.worker.task import Control, Reply, Request


def run(request: Request, control: Control) -> Reply:
    control.report(Reply({"deaf": True}))
    time.sleep(request.parameters["seconds"])
    return Reply()
