"""How many threads torch was given, and where the package was loaded from."""

import neural_shapes
import torch
from neural_shapes.worker.task import Control, Reply, Request


def run(request: Request, control: Control) -> Reply:
    return Reply({"threads": torch.get_num_threads(), "package": list(neural_shapes.__path__)})
