"""Decimation reaches its face count and stays on the surface."""

import igl
import numpy as np
from neural_shapes.core.fields.analytic import Box, Torus
from neural_shapes.core.meshing.decimation import decimated
from neural_shapes.core.meshing.isosurface import extract_isosurface


def test_a_decimated_surface_has_the_faces_asked_for_and_stays_closed_and_near() -> None:
    mesh = decimated(extract_isosurface(Torus(), 64).mesh, 2000)
    assert 1900 <= len(mesh.faces) <= 2000
    assert igl.is_edge_manifold(mesh.faces)[0]
    assert not len(igl.boundary_facets(mesh.faces)[0])
    assert mesh.volume > 0
    assert np.abs(Torus().value(mesh.vertices)).max() < 5e-3
    assert len(np.unique(mesh.faces)) == len(mesh.vertices)


def test_flat_sides_take_the_fewest_faces() -> None:
    mesh = decimated(extract_isosurface(Box(), 64).mesh, 300)
    off_the_box = np.abs(Box().value(mesh.corners.mean(axis=1)))
    assert np.average(off_the_box, weights=mesh.face_areas) < 1e-3


def test_a_surface_with_few_enough_faces_is_left_alone() -> None:
    mesh = extract_isosurface(Torus(), 32).mesh
    assert decimated(mesh, len(mesh.faces)) is mesh
