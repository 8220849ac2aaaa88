"""Train a morph between meshes, or go on with one.

parameters: "mode", "placement" and "sources" (the objects' names), and where given "seed", "device",
"threads", "seconds" and "retrain", all as `core.learning.morph.train_morph` takes them.
arrays: for mesh i "vertices_i" (V, 3) and "faces_i" (F, 3) in one common space; "start", the bytes of a morph
whose unchanged segments are kept.
progress: "phase", "step", "steps", "loss", "share" and "seconds_left" of `core.learning.progress.Progress`,
"drift" once a volume was counted, and about every second, once there is one, the array "shape", the bytes of
the morph as far as it has got.
reply: "measures" and "seconds", the shape's; "sentence", why it has no measures, or empty; the array "shape",
its bytes.
"""

from ...core.geometry.mesh import TriangleMesh
from ...core.learning.morph import train_morph
from ..arrays import array_to_shape, shape_to_array
from ..task import Control, Reply, Request
from ..training_progress import training_reporter

SETTINGS = ("placement", "seed", "device", "threads", "seconds", "retrain")


def run(request: Request, control: Control) -> Reply:
    """Raises what training raises."""
    parameters, arrays = request.parameters, request.arrays
    sources = parameters["sources"]
    shape = train_morph(
        [TriangleMesh(arrays[f"vertices_{i}"], arrays[f"faces_{i}"]) for i in range(len(sources))],
        parameters["mode"],
        sources=sources,
        progress=training_reporter(control),
        cancelled=control.cancelled,
        start=array_to_shape(arrays["start"]) if "start" in arrays else None,
        **{name: parameters[name] for name in SETTINGS if name in parameters},
    )
    return Reply(
        {"measures": shape.measures, "seconds": shape.provenance.seconds, "sentence": shape.unmeasured},
        {"shape": shape_to_array(shape)},
    )
