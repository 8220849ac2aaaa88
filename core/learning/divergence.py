"""What a training that diverges says."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from ..errors import NeuralShapesError


class Diverged(NeuralShapesError):
    """A training whose loss or weights are no numbers any more."""

    def __init__(self) -> None:
        super().__init__(
            "The training diverged; train with another seed, and report it if that diverges too."
        )


def require_finite(loss: float, parameters: Iterable[Tensor]) -> None:
    """Raises Diverged when the loss of a step, or the parameters after it, are not finite numbers."""
    weights = torch.cat([parameter.detach().flatten() for parameter in parameters])
    if not (math.isfinite(loss) and bool(weights.isfinite().all())):
        raise Diverged
