"""A task whose libraries take a second and a half to load; then it is done at once."""

import time

from neural_shapes.worker.task import Control, Reply, Request

time.sleep(1.5)


def run(request: Request, control: Control) -> Reply:
    return Reply({})
