"""Train a neural shape on a mesh, or go on with one.

parameters: "recipe" (a preset's name), "source" (the object's name) and, where given, "seed", "device",
"threads", "steps" and "seconds", all as `core.learning.train.train` takes them.
arrays: "vertices" (V, 3) and "faces" (F, 3) in object space; "start", the bytes of a shape to go on with.
progress: "phase", "step", "steps", "loss", "share" and "seconds_left" of `core.learning.train.Progress`, and
every few seconds the array "shape", the bytes of the shape as far as it has got.
reply: "measures" and "seconds", the shape's; the array "shape", its bytes.
"""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ...core import shape_file
from ...core.errors import NeuralShapesError
from ...core.geometry.mesh import TriangleMesh
from ...core.learning.recipes import PRESETS
from ...core.learning.train import Progress, train
from ...core.neural_shape import NeuralShape
from ..task import Control, Reply, Request

# Often enough to see the shape sharpen, rarely enough to cost nothing beside a second's training.
LATEST_SECONDS = 2.0

SETTINGS = ("seed", "device", "threads", "steps", "seconds")


def run(request: Request, control: Control) -> Reply:
    """Raises what training raises, and NeuralShapesError for a recipe that does not exist."""
    parameters, arrays = request.parameters, request.arrays
    if parameters["recipe"] not in PRESETS:
        raise NeuralShapesError(
            f"There is no preset {parameters['recipe']!r}; choose one of {', '.join(PRESETS)}."
        )
    shape = train(
        TriangleMesh(arrays["vertices"], arrays["faces"]),
        PRESETS[parameters["recipe"]],
        progress=_reporter(control),
        cancelled=control.cancelled,
        start=shape_file.from_bytes(arrays["start"].tobytes()) if "start" in arrays else None,
        **{name: parameters[name] for name in SETTINGS if name in parameters},
    )
    shape = replace(shape, provenance=replace(shape.provenance, source=parameters["source"]))
    body = {"measures": shape.measures, "seconds": shape.provenance.seconds}
    return Reply(body, {"shape": _as_array(shape)})


def _reporter(control: Control) -> Callable[[Progress], None]:
    latest_at = time.monotonic()

    def report(progress: Progress) -> None:
        nonlocal latest_at
        body = {
            name: getattr(progress, name)
            for name in ("phase", "step", "steps", "loss", "share", "seconds_left")
        }
        arrays = {}
        if progress.phase == "training" and time.monotonic() - latest_at > LATEST_SECONDS:
            arrays["shape"] = _as_array(progress.latest())
            latest_at = time.monotonic()
        control.report(Reply(body, arrays))

    return report


def _as_array(shape: NeuralShape) -> np.ndarray:
    return np.frombuffer(shape_file.to_bytes(shape), np.uint8)
