"""Extract the surface of a neural shape as a mesh.

parameters, where given: "device", "level" (-1: the finest), "resolution" (cells along an axis), "offset"
(outwards, in units of the object), "faces" (about how many to keep) and "trim" (whether caps over openings
of the source are cut off).
arrays: "shape", the bytes of the shape.
progress: "phase" ("extracting") and "share".
reply: "evaluated_share" of the grid; the arrays "vertices" (V, 3) and "faces" (F, 3) in object space.
"""

from ...core.meshing.isosurface import DEFAULT_RESOLUTION
from ...core.meshing.shape_surface import extract_surface
from ..arrays import array_to_shape, mesh_to_arrays
from ..extraction_progress import stopping_reporter
from ..task import Control, Reply, Request

SETTINGS = ("device", "level", "offset", "faces", "trim")


def run(request: Request, control: Control) -> Reply:
    """Raises what extracting raises, ShapeFileError, and Cancelled."""
    settings = {name: request.parameters[name] for name in SETTINGS if name in request.parameters}
    shape = array_to_shape(request.arrays["shape"])
    resolution = request.parameters.get("resolution", DEFAULT_RESOLUTION)
    mesh, evaluated_share = extract_surface(shape, resolution, stopping_reporter(control), **settings)
    return Reply({"evaluated_share": evaluated_share}, mesh_to_arrays(mesh))
