"""Baked maps as images: how values become colours, and how a material gets the values back."""

from dataclasses import dataclass

import numpy as np

from .attributes import Attribute
from .bake import BakedMap, NormalSpace

# Curvatures have spikes at creases; the largest of the others is what white and black stand for.
CURVATURE_QUANTILE = 0.98

# The colour of no displacement.
MIDLEVEL = 0.5

FLAT_NORMAL = {NormalSpace.TANGENT: (0.0, 0.0, 1.0), NormalSpace.OBJECT: (0.0, 0.0, 0.0)}


@dataclass(frozen=True)
class MapImage:
    """Colours (H, W, 3 or 1) in [0, 1], row 0 at v = 0, and what they mean.

    A displacement is (colour - MIDLEVEL) ``full_scale`` in the target's unit, as in renderers; a curvature
    is (2 colour - 1) ``full_scale``, and a cavity (1 - colour) ``full_scale``, so that what is flat is
    white. For normals ``full_scale`` is 1.
    """

    colours: np.ndarray
    full_scale: float


def map_image(baked: BakedMap, attribute: Attribute, space: NormalSpace) -> MapImage:
    """The image of a baked map; what it does not cover is flat."""
    outside = ~baked.covered
    if attribute is Attribute.NORMAL:
        normals = np.where(outside[..., None], np.float32(FLAT_NORMAL[space]), baked.values)
        return MapImage((normals + 1) / 2, 1.0)
    values = np.where(outside[..., None], np.float32(0), baked.values)
    sizes = np.abs(baked.values[baked.covered])
    quantile = 1.0 if attribute is Attribute.DISPLACEMENT else CURVATURE_QUANTILE
    # A map that is flat all over has any scale.
    scale = float(np.quantile(sizes, quantile)) or 1.0
    if attribute is Attribute.CAVITY:
        return MapImage(np.clip(1 - values / scale, 0, 1), scale)
    if attribute is Attribute.DISPLACEMENT:
        scale *= 2
        return MapImage(np.clip(values / scale + MIDLEVEL, 0, 1), scale)
    return MapImage(np.clip(values / scale / 2 + 0.5, 0, 1), scale)
