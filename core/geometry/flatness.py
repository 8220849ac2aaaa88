"""Tells points that lie in one plane, of which no solid can be made, and maps that flatten all points."""

import numpy as np

# Points whose thickness is a smaller share of their width lie in a plane, as far as float32 fields can tell.
SMALLEST_RELATIVE_THICKNESS = 1e-6


def lie_in_a_plane(points: np.ndarray) -> bool:
    """Whether points (N, 3) of some extent lie in a plane, whichever way it is tilted."""
    centred = (points - points.mean(axis=0)) / np.ptp(points, axis=0).max()
    widths = np.linalg.svd(np.linalg.qr(centred, mode="r"), compute_uv=False)
    return bool(widths[-1] <= SMALLEST_RELATIVE_THICKNESS * widths[0])


# Of an axis scaled to zero, products of Blender's float32 matrices leave up to 3e-8 (measured).
SMALLEST_RELATIVE_SCALE = 1e-6


def flattens(linear: np.ndarray) -> bool:
    """Whether a linear map (3, 3) leaves all points in one plane, or nowhere, and has no inverse."""
    if not np.isfinite(linear).all():
        return True
    largest, _, smallest = np.linalg.svd(linear, compute_uv=False)
    return bool(smallest <= SMALLEST_RELATIVE_SCALE * largest)
