"""Transfer a neural shape's normals to the face corners of a mesh.

parameters: as `.target` says.
arrays: "shape"; in the target's space "positions" (V, 3), "normals" (C, 3) of the corners; the corners'
"corner_vertices" and "corner_edges" (C,), "face_starts" (F + 1,), "triangles" (T, 3) of corners, and
"sharp_edges" (E,), 1 for edges that stay sharp.
progress: "phase", "share" and "seconds_left".
reply: "masked_share", the share of samples out of the shape's reach; the array "normals" (C, 3).
"""

from ...core.mapping.smooth_fans import PolygonCorners
from ...core.mapping.transfer import PolygonTarget, transfer_normals
from ..task import Control, Reply, Request
from .target import field_transform_and_reach, reporter


def run(request: Request, control: Control) -> Reply:
    """Raises what `.target` raises, NeuralShapesError for a mesh that is inside out, and Cancelled."""
    field, transform, reach = field_transform_and_reach(request)
    arrays = request.arrays
    target = PolygonTarget(
        arrays["positions"],
        PolygonCorners(arrays["corner_vertices"], arrays["corner_edges"], arrays["face_starts"]),
        arrays["triangles"],
        arrays["normals"],
        arrays["sharp_edges"].astype(bool),
    )
    normals, masked_share = transfer_normals(
        field, target, transform, reach, reporter(control, "transferring normals")
    )
    return Reply({"masked_share": masked_share}, {"normals": normals})
