"""Extract the surface of a morph at a time: short enough for a query while the artist scrubs, and for bakes.

parameters: "time", 0 to 1 over the whole morph; where given, "resolution" (cells along an axis),
"true_volume" (whether the volume goes from each key's own to the next one's), "normals" and "velocity"
(whether those are wanted) and "device".
arrays: "shape", the bytes of the morph.
reply: the arrays "vertices" (V, 3) and "faces" (F, 3) in object space, empty at a time without a surface;
else, where wanted, "normals" (V, 3), the neural unit normals at the vertices, and "velocity" (V, 3), in units
of the object per unit of the morph's time.
"""

import numpy as np

from ...core.errors import Cancelled
from ...core.geometry.mesh import TriangleMesh
from ...core.meshing.isosurface import DEFAULT_RESOLUTION, NoSurfaceError
from ...core.meshing.moving_surface import Moment, extract_moment
from ..decoded_shapes import decoded_shape
from ..task import Control, Reply, Request

SETTINGS = ("true_volume", "normals", "velocity", "device")


def run(request: Request, control: Control) -> Reply:
    """Raises what extracting raises, ShapeFileError, and Cancelled."""

    def stop_when_cancelled(_: float) -> None:
        if control.cancelled():
            raise Cancelled

    parameters = request.parameters
    try:
        moment = extract_moment(
            decoded_shape(request.arrays["shape"]),
            parameters["time"],
            parameters.get("resolution", DEFAULT_RESOLUTION),
            progress=stop_when_cancelled,
            **{name: parameters[name] for name in SETTINGS if name in parameters},
        )
    except NoSurfaceError:
        moment = Moment(TriangleMesh(np.empty((0, 3)), np.empty((0, 3))))
    # As Blender keeps them: half the bytes.
    arrays = {
        "vertices": moment.mesh.vertices.astype(np.float32),
        "faces": moment.mesh.faces.astype(np.int32),
    }
    wanted = {"normals": moment.normals, "velocity": moment.velocity}
    return Reply({}, arrays | {name: values for name, values in wanted.items() if values is not None})
