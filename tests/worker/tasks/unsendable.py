"""Give back what cannot be made a message, in the way that the request names."""

import numpy as np
from neural_shapes.worker.task import Control, Reply, Request

DEPTH = 100_000


class _TooLarge(np.ndarray):
    @property
    def nbytes(self) -> int:
        raise MemoryError


def run(request: Request, control: Control) -> Reply:
    if request.parameters["how"] == "memory":
        return Reply({}, {"values": np.zeros(1).view(_TooLarge)})
    body: dict = {}
    for _ in range(DEPTH):
        body = {"deeper": body}
    return Reply(body)
