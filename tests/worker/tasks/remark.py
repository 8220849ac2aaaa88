"""Have something to say about a result."""

from neural_shapes.worker.task import Control, Reply, Request


def run(request: Request, control: Control) -> Reply:
    return Reply({"sentence": "The surface is coarser than it was to be."})
