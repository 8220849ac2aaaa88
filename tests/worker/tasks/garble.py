"""Send bytes that are no message."""

from neural_shapes.worker import protocol
from neural_shapes.worker.task import Control, Reply, Request


def run(request: Request, control: Control) -> Reply:
    protocol.encode = lambda message: [b"OMP: Info #276: omp_set_nested routine deprecated\n"]
    return Reply()
