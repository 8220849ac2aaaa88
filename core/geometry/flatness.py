"""Tells points that lie in one plane, of which no solid can be made."""

import numpy as np

# Points whose thickness is a smaller share of their width lie in a plane, as far as float32 fields can tell.
SMALLEST_RELATIVE_THICKNESS = 1e-6


def lie_in_a_plane(points: np.ndarray) -> bool:
    """Whether points (N, 3) of some extent lie in a plane, whichever way it is tilted."""
    centred = (points - points.mean(axis=0)) / np.ptp(points, axis=0).max()
    widths = np.linalg.svd(np.linalg.qr(centred, mode="r"), compute_uv=False)
    return bool(widths[-1] <= SMALLEST_RELATIVE_THICKNESS * widths[0])
