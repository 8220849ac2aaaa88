"""Which texel of an image lies in which triangle of a UV layout, and where in it."""

from dataclasses import dataclass

import numpy as np

# A sample whose barycentric coordinates are all above this lies inside its triangle, not on its edge.
EDGE_TOLERANCE = 1e-4


@dataclass(frozen=True)
class TexelSamples:
    """Samples inside triangles: texel indices (N,) row by row from v = 0, triangles (N,), barycentric (N, 3).

    ``overlaps`` counts the samples that lost their texel to another triangle although they lie well inside
    their own, that is not on an edge that the two share.
    """

    texels: np.ndarray
    triangles: np.ndarray
    barycentric: np.ndarray
    overlaps: int


def rasterise(
    uvs: np.ndarray, width: int, rows: range, height: int, offset: tuple[float, float] = (0.5, 0.5)
) -> TexelSamples:
    """The samples of rows ``rows`` of a ``width`` x ``height`` image in triangles with UVs (T, 3, 2).

    One sample a texel, at ``offset`` (in texels) from its lower left corner. Where triangles overlap the
    first one has the texel. What lies outside the unit square is left out. Texels count from the first row.
    """
    corners = uvs.astype(np.float64) * (width, height) - offset
    triangles, ys = _rows_of_triangles(corners[..., 1], rows)
    lowest, highest = _crossings(corners[triangles], ys)
    first = np.maximum(np.ceil(lowest), 0).astype(np.int64)
    last = np.minimum(np.floor(highest), width - 1).astype(np.int64)
    counts = np.maximum(last - first + 1, 0)
    xs = np.repeat(first, counts) + _ranges(counts)
    triangles, ys = np.repeat(triangles, counts), np.repeat(ys, counts)
    texels = (ys - rows.start) * width + xs
    barycentric, inside = _barycentric(corners[triangles], xs, ys)
    kept = inside & _is_first(texels, inside, len(rows) * width)
    overlaps = int(np.sum(inside & ~kept & (barycentric.min(axis=1) > EDGE_TOLERANCE)))
    return TexelSamples(texels[kept], triangles[kept], barycentric[kept].astype(np.float32), overlaps)


def sample_offsets(per_side: int) -> list[tuple[float, float]]:
    """Offsets of per_side x per_side samples on a regular grid in a texel; one sample is its centre."""
    steps = (np.arange(per_side) + 0.5) / per_side
    return [(float(x), float(y)) for y in steps for x in steps]


def _ranges(counts: np.ndarray) -> np.ndarray:
    """0 ... counts[i] - 1 for each i, one after the other."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)


def _rows_of_triangles(heights: np.ndarray, rows: range) -> tuple[np.ndarray, np.ndarray]:
    """Each triangle with each row that its corners' heights (T, 3) reach: triangles (R,), rows (R,)."""
    first = np.maximum(np.ceil(heights.min(axis=1)), rows.start).astype(np.int64)
    last = np.minimum(np.floor(heights.max(axis=1)), rows.stop - 1).astype(np.int64)
    counts = np.maximum(last - first + 1, 0)
    return np.repeat(np.arange(len(heights)), counts), np.repeat(first, counts) + _ranges(counts)


def _crossings(corners: np.ndarray, ys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and highest x (R,) of the triangles (R, 3, 2) on the horizontal lines at ys (R,)."""
    lowest, highest = np.full(len(ys), np.inf), np.full(len(ys), -np.inf)
    for start, end in ((0, 1), (1, 2), (2, 0)):
        (x0, y0), (x1, y1) = corners[:, start].T, corners[:, end].T
        crossed = (np.minimum(y0, y1) <= ys) & (ys <= np.maximum(y0, y1)) & (y0 != y1)
        share = np.divide(ys - y0, y1 - y0, out=np.zeros(len(ys)), where=crossed)
        xs = x0 + share * (x1 - x0)
        lowest = np.where(crossed, np.minimum(lowest, xs), lowest)
        highest = np.where(crossed, np.maximum(highest, xs), highest)
    empty = ~np.isfinite(lowest)
    lowest[empty], highest[empty] = 0, -1
    return lowest, highest


def _barycentric(corners: np.ndarray, xs: np.ndarray, ys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Barycentric coordinates (N, 3) of points in triangles (N, 3, 2), and whether each has any area (N,)."""
    a, b, c = np.moveaxis(corners, 1, 0)
    ab, ac = b - a, c - a
    ap = np.stack([xs, ys], axis=1) - a
    area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    inside = area != 0
    safe = np.where(inside, area, 1)
    second = (ap[:, 0] * ac[:, 1] - ap[:, 1] * ac[:, 0]) / safe
    third = (ab[:, 0] * ap[:, 1] - ab[:, 1] * ap[:, 0]) / safe
    return np.stack([1 - second - third, second, third], axis=1), inside


def _is_first(texels: np.ndarray, inside: np.ndarray, count: int) -> np.ndarray:
    """Whether a sample (N,) is the first one inside on its texel."""
    order = np.flatnonzero(inside)[::-1]
    owner = np.full(count, -1, dtype=np.int64)
    owner[texels[order]] = order  # of repeated indices the last assignment stays
    return owner[texels] == np.arange(len(texels))
