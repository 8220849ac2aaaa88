"""Count slowly, with the number reached as progress and as the result, until cancelled."""

import time

import numpy as np
from neural_shapes.worker.task import Control, Reply, Request


def run(request: Request, control: Control) -> Reply:
    steps, step = request.parameters["steps"], 0
    while step < steps and not control.cancelled():
        step += 1
        control.report(Reply({"step": step, "steps": steps}, {"reached": np.array([step], np.int64)}))
        time.sleep(request.parameters["seconds"])
    return Reply({"step": step}, {"reached": np.array([step], np.int64)})
