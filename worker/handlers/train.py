"""Train a neural shape on a mesh or points, or go on with one, and extract its surface.

parameters: "recipe" (a preset's name), "source" (the object's name) and, where given, "seed", "device",
"threads", "steps" and "seconds", all as `core.learning.train.train` takes them, and "resolution" and
"trim" of the surface, as `worker.handlers.extract` takes them.
arrays: "vertices" (V, 3) and "faces" (F, 3), or "points" and "normals" (N, 3), in object space; "start", the
bytes of a shape to go on with.
progress: "phase", "step", "steps", "loss", "share" and "seconds_left" of `core.learning.train.Progress`, and
every few seconds the array "shape", the bytes of the shape as far as it has got; at the end the phase
"extracting" with its own "share".
reply: "measures" and "seconds", the shape's; "sentence", why it has no measures or a coarser surface than was
asked for, or empty; the array "shape", its bytes, and its surface as the arrays "vertices" and "faces" in
object space.
"""

from dataclasses import replace
from typing import Any

from ...core.errors import Cancelled, NeuralShapesError
from ...core.geometry.mesh import TriangleMesh
from ...core.learning.recipes import PRESETS, Recipe
from ...core.learning.train import train
from ...core.meshing.isosurface import DEFAULT_RESOLUTION, IsosurfaceError, SurfaceMemoryError
from ...core.meshing.shape_surface import extract_surface
from ...core.neural_shape import NeuralShape
from ..arrays import array_to_shape, arrays_to_source, mesh_to_arrays, shape_to_array
from ..extraction_progress import extraction_reporter, stopping_reporter
from ..task import Control, Reply, Request
from ..training_progress import training_reporter

SETTINGS = ("seed", "device", "threads", "steps", "seconds")
# Cells along an axis below which a surface shows too little, and memory is not what is missing.
COARSEST_RESOLUTION = 32


def run(request: Request, control: Control) -> Reply:
    """Raises what training raises, and NeuralShapesError for an unknown recipe or for want of a surface."""
    parameters, arrays = request.parameters, request.arrays
    shape = train(
        arrays_to_source(arrays),
        _recipe(parameters["recipe"]),
        progress=training_reporter(control),
        cancelled=control.cancelled,
        start=array_to_shape(arrays["start"]) if "start" in arrays else None,
        **{name: parameters[name] for name in SETTINGS if name in parameters},
    )
    shape = replace(shape, provenance=replace(shape.provenance, source=parameters["source"]))
    try:
        mesh, sentence = _surface(shape, parameters, control)
    except IsosurfaceError as error:
        raise NeuralShapesError(str(shape.measures.get("failed") or error)) from error
    return Reply(
        {
            "measures": shape.measures,
            "seconds": shape.provenance.seconds,
            "sentence": f"{shape.unmeasured} {sentence}".strip(),
        },
        {"shape": shape_to_array(shape), **mesh_to_arrays(mesh)},
    )


def _surface(shape: NeuralShape, parameters: dict[str, Any], control: Control) -> tuple[TriangleMesh, str]:
    """The surface, and in a sentence why it is coarser than was asked for; empty where it is not.

    What was trained is not lost for want of memory or of patience: the default resolution, which training
    measures at too, takes the place of a higher one, and half of one that memory runs out for.
    """
    settings = {"device": parameters.get("device", "auto"), "trim": parameters.get("trim", True)}
    wanted = resolution = parameters.get("resolution", DEFAULT_RESOLUTION)
    why = ""
    while True:
        is_higher = resolution > DEFAULT_RESOLUTION
        reporter = stopping_reporter if is_higher else extraction_reporter
        try:
            mesh, _ = extract_surface(shape, resolution, reporter(control), **settings)
        except SurfaceMemoryError:
            if resolution <= COARSEST_RESOLUTION:
                raise
            why = "for which memory ran out"
        except Cancelled:
            why = "since the training was cancelled"
        else:
            return mesh, _coarser_sentence(resolution, wanted, why) if why else ""
        resolution = DEFAULT_RESOLUTION if is_higher else max(resolution // 2, COARSEST_RESOLUTION)


def _coarser_sentence(resolution: int, wanted: int, why: str) -> str:
    return (
        f"The surface has a resolution of {resolution} in place of {wanted}, {why};"
        " Extract Surface makes another."
    )


def _recipe(name: str) -> Recipe:
    if name not in PRESETS:
        raise NeuralShapesError(f"There is no preset {name!r}; choose one of {', '.join(PRESETS)}.")
    return PRESETS[name]
