"""A task whose libraries take a second and a half to load."""

import time

from neural_shapes.worker.task import Control, Reply, Request

time.sleep(1.5)


def run(request: Request, control: Control) -> Reply:
    if request.parameters.get("reports"):
        control.report(Reply({"loaded": True}))
    time.sleep(request.parameters.get("seconds", 0))
    return Reply({})
