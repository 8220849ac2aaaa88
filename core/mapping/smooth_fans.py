"""Smooth fans: the groups of face corners around a vertex that share one normal."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PolygonCorners:
    """The corners of a mesh's polygons, in order around each face.

    ``vertices`` (C,) and ``edges`` (C,) are a corner's vertex and the edge to the face's next corner;
    ``face_starts`` (F + 1,) are the faces' first corners and, last, C.
    """

    vertices: np.ndarray
    edges: np.ndarray
    face_starts: np.ndarray

    @property
    def faces(self) -> np.ndarray:
        """The face of each corner, (C,)."""
        return np.repeat(np.arange(len(self.face_starts) - 1), np.diff(self.face_starts))

    @property
    def next(self) -> np.ndarray:
        """The corner after each corner in its face, (C,)."""
        following = np.arange(1, len(self.vertices) + 1)
        following[self.face_starts[1:] - 1] = self.face_starts[:-1]
        return following


def smooth_fans(corners: PolygonCorners, sharp_edges: np.ndarray) -> np.ndarray:
    """The fan of each corner, (C,), numbered from 0: corners of one vertex connected across smooth edges.

    ``sharp_edges`` (E,) is true for edges across which shading breaks. An edge is smooth when it is not
    sharp and joins exactly two faces that run along it in opposite directions.
    """
    pairs = _pairs_across_smooth_edges(corners, sharp_edges)
    following = corners.next
    first, second = pairs[:, 0], pairs[:, 1]
    # Along a shared edge each face's corner meets the corner after the other face's.
    joined = np.stack([np.append(first, following[first]), np.append(following[second], second)], axis=1)
    return _components(len(corners.vertices), joined)


def _pairs_across_smooth_edges(corners: PolygonCorners, sharp_edges: np.ndarray) -> np.ndarray:
    """The pairs of corners (P, 2) whose edges are one smooth edge."""
    order = np.argsort(corners.edges, kind="stable")
    edges = corners.edges[order]
    starts = np.flatnonzero(np.diff(edges, prepend=-1))
    counts = np.diff(starts, append=len(edges))
    manifold = starts[counts == 2]
    pairs = np.stack([order[manifold], order[manifold + 1]], axis=1)
    opposite = corners.vertices[pairs[:, 0]] != corners.vertices[pairs[:, 1]]
    return pairs[opposite & ~sharp_edges[corners.edges[pairs[:, 0]]]]


def _components(count: int, pairs: np.ndarray) -> np.ndarray:
    """Connected components of a graph, (count,), numbered from 0: minimum labels with pointer jumping."""
    labels = np.arange(count)
    while True:
        lowest = np.minimum(labels[pairs[:, 0]], labels[pairs[:, 1]])
        spread = labels.copy()
        for side in (0, 1):
            np.minimum.at(spread, labels[pairs[:, side]], lowest)
        spread = spread[spread]
        if np.array_equal(spread, labels):
            return np.unique(labels, return_inverse=True)[1]
        labels = spread
