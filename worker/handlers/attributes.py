"""Map an attribute of a neural shape to the vertices of a mesh.

parameters: as `.target` says, and "attribute" (normal, displacement, curvature, cavity).
arrays: "shape"; in the target's space "positions" and unit "normals" (V, 3).
progress: "phase", "share" and "seconds_left".
reply: "masked_share"; the array "values" (V, channels), in the target's units.
"""

import numpy as np

from ...core.mapping.attributes import Attribute, SurfaceSamples, map_attribute
from ...core.mapping.transfer import POINTS_PER_BATCH
from ..task import Control, Reply, Request
from .target import field_transform_and_reach, reporter


def run(request: Request, control: Control) -> Reply:
    """Raises what `.target` raises, and Cancelled."""
    field, transform, reach = field_transform_and_reach(request)
    attribute = Attribute(request.parameters["attribute"])
    positions, normals = request.arrays["positions"], request.arrays["normals"]
    report = reporter(control, f"mapping {attribute}")
    mapped = []
    for start in range(0, len(positions), POINTS_PER_BATCH):
        report(start / len(positions))
        batch = slice(start, start + POINTS_PER_BATCH)
        samples = SurfaceSamples(positions[batch], normals[batch])
        mapped.append(map_attribute(attribute, field, samples, transform, reach))
    values = np.concatenate([part.values for part in mapped])
    masked_share = float(np.mean(np.concatenate([part.weights for part in mapped]) == 0))
    return Reply({"masked_share": masked_share}, {"values": values})
