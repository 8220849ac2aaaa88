"""Move the vertices of a mesh onto a neural surface.

parameters: as `.target` says.
arrays: "shape"; in the target's space "positions" (V, 3), and the "weights" (V,) with which they may move.
reply: "masked_share"; the array "positions" (V, 3).
"""

from ...core.mapping.conform import conform
from ..task import Control, Reply, Request
from .target import field_transform_and_reach


def run(request: Request, control: Control) -> Reply:
    """Raises what `.target` raises."""
    field, transform, reach = field_transform_and_reach(request)
    positions, masked_share = conform(
        field, request.arrays["positions"], request.arrays["weights"], transform, reach
    )
    return Reply({"masked_share": masked_share}, {"positions": positions})
