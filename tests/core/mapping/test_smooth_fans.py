"""Smooth fans follow the edges across which shading is continuous."""

import numpy as np
from neural_shapes.core.mapping.smooth_fans import PolygonCorners, smooth_fans

# A unit cube's quads, seen from outside.
CUBE = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]


def corners_of(faces: list[tuple[int, ...]]) -> tuple[PolygonCorners, dict[frozenset, int]]:
    edges: dict[frozenset, int] = {}
    corner_edges = [
        edges.setdefault(frozenset((vertex, following)), len(edges))
        for face in faces
        for vertex, following in zip(face, face[1:] + face[:1], strict=True)
    ]
    starts = np.cumsum([0] + [len(face) for face in faces])
    return PolygonCorners(np.concatenate(faces), np.array(corner_edges), starts), edges


def test_a_smooth_cube_has_one_fan_a_vertex():
    corners, edges = corners_of(CUBE)
    fans = smooth_fans(corners, np.zeros(len(edges), dtype=bool))
    assert fans.max() + 1 == 8
    assert all(len(set(corners.vertices[fans == fan])) == 1 for fan in range(8))


def test_a_cube_of_sharp_edges_has_one_fan_a_corner():
    corners, edges = corners_of(CUBE)
    assert smooth_fans(corners, np.ones(len(edges), dtype=bool)).max() + 1 == 24


def test_a_ring_of_sharp_edges_splits_its_vertices_in_two():
    corners, edges = corners_of(CUBE)
    sharp = np.zeros(len(edges), dtype=bool)
    first_face = CUBE[0]
    for vertex, following in zip(first_face, first_face[1:] + first_face[:1], strict=True):
        sharp[edges[frozenset((vertex, following))]] = True
    fans = smooth_fans(corners, sharp)
    assert fans.max() + 1 == 8 + 4
    inside = set(fans[corners.faces == 0])
    assert inside.isdisjoint(fans[corners.faces != 0])


def test_a_single_sharp_edge_that_ends_splits_nothing():
    corners, edges = corners_of(CUBE)
    sharp = np.zeros(len(edges), dtype=bool)
    sharp[0] = True
    assert smooth_fans(corners, sharp).max() + 1 == 8


def test_faces_that_disagree_on_an_edges_direction_and_edges_of_three_faces_are_not_joined():
    flipped, edges = corners_of([(0, 1, 2), (1, 2, 3)])  # both run from 1 to 2
    assert smooth_fans(flipped, np.zeros(len(edges), dtype=bool)).max() + 1 == 6
    page, edges = corners_of([(0, 1, 2), (1, 0, 3), (0, 1, 4)])
    assert smooth_fans(page, np.zeros(len(edges), dtype=bool)).max() + 1 == 9


def test_a_mesh_without_faces_has_no_fans():
    none = PolygonCorners(np.zeros(0, int), np.zeros(0, int), np.zeros(1, int))
    assert len(smooth_fans(none, np.zeros(0, dtype=bool))) == 0
