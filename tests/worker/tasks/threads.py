"""How many threads torch was given and how OpenMP lets them wait, and where the package was loaded from."""

import os

import neural_shapes
import torch
from neural_shapes.worker.task import Control, Reply, Request


def run(request: Request, control: Control) -> Reply:
    return Reply(
        {
            "threads": torch.get_num_threads(),
            "waiting": os.environ["OMP_WAIT_POLICY"],
            "package": list(neural_shapes.__path__),
        }
    )
