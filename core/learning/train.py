"""Training: a mesh in object space becomes a neural shape with thresholds and measured errors."""

from collections.abc import Callable
from dataclasses import dataclass

from ..geometry.mesh import TriangleMesh
from ..neural_shape import NeuralShape
from .recipes import Recipe


@dataclass(frozen=True)
class Progress:
    """How far a training is.

    ``phase`` is "distances", "training" or "measuring"; ``step`` of ``steps`` counts optimiser steps of
    all levels; ``share`` is the share of the whole work that is done, 0 to 1; ``seconds_left`` is wall
    time. ``latest()`` is the shape with the weights reached so far, unmeasured; it copies the weights and
    may be called about once a second, from within the progress callback only.
    """

    phase: str
    step: int
    steps: int
    loss: float
    share: float
    seconds_left: float
    latest: Callable[[], NeuralShape]


def train(
    mesh: TriangleMesh,
    recipe: Recipe,
    *,
    seed: int = 0,
    device: str = "auto",
    threads: int | None = None,
    steps: int | None = None,
    seconds: float | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    start: NeuralShape | None = None,
) -> NeuralShape:
    """A neural shape of a mesh given in object space.

    ``steps`` replaces the recipe's step count and ``seconds`` caps the training's time (process CPU
    seconds on a CPU, wall time on a GPU). ``progress`` is called several times a second and
    ``cancelled`` is asked as often; a cancelled training returns the best shape so far. ``start`` is a
    shape to continue: the same source resumes, an edited one starts warm.

    Raises NeuralShapesError when the mesh cannot be trained on, or the device is missing.
    """
    raise NotImplementedError
