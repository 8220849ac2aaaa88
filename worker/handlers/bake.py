"""Bake an attribute of a neural shape for a mesh's UV layout.

parameters: as `.target` says, and "attribute" (normal, displacement, curvature, cavity), "width", "height",
"space" (tangent, object), "samples_per_side", "margin" (texels) and "bits" (8, 16, or 32 for float).
arrays: "shape"; of each triangle's corners, in the target's space, "positions" and "normals" (T, 3, 3),
"uvs" (T, 3, 2) and, for tangent space, "tangents" (T, 3, 4).
progress: "phase", "share" and "seconds_left".
reply: "masked_share", "overlapping_share", "midlevel" and "full_scale" (see `core.mapping.map_image`); the
array "png", a file's bytes, or for 32 bits "values" (H, W, channels), row 0 at v = 0: lengths and curvatures
as they are, normals as colours.
"""

import numpy as np

from ...core.mapping.attributes import Attribute
from ...core.mapping.bake import BakedMap, BakeSettings, BakeTarget, NormalSpace, bake
from ...core.mapping.map_image import MIDLEVEL, map_image
from ...core.tracing.png import png_bytes
from ..task import Control, Reply, Request
from .target import field_transform_and_reach, reporter

FLOAT_BITS = 32


def run(request: Request, control: Control) -> Reply:
    """Raises what `.target` and baking raise, and Cancelled."""
    field, transform, reach = field_transform_and_reach(request)
    parameters, arrays = request.parameters, request.arrays
    settings = BakeSettings(
        Attribute(parameters["attribute"]),
        parameters["width"],
        parameters["height"],
        NormalSpace(parameters["space"]),
        parameters["samples_per_side"],
        parameters["margin"],
    )
    target = BakeTarget(arrays["positions"], arrays["normals"], arrays["uvs"], arrays.get("tangents"))
    baked = bake(field, target, transform, settings, reach, reporter(control, "baking"))
    return _reply(baked, settings, parameters["bits"])


def _reply(baked: BakedMap, settings: BakeSettings, bits: int) -> Reply:
    body = {"masked_share": baked.masked_share, "overlapping_share": baked.overlapping_share}
    image = map_image(baked, settings.attribute, settings.space)
    if bits == FLOAT_BITS:
        values = image.colours if settings.attribute is Attribute.NORMAL else baked.values
        return Reply({**body, "midlevel": 0.0, "full_scale": 1.0}, {"values": values.astype(np.float32)})
    png = np.frombuffer(png_bytes(image.colours[::-1], bits), np.uint8)
    return Reply({**body, "midlevel": MIDLEVEL, "full_scale": image.full_scale}, {"png": png})
