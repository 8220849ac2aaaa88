"""A jittered count finds the volume of known solids, skipping what is far from the surface; that of a solid
which a mesh bounds is exact, but where its parts overlap."""

import numpy as np
import pytest
from neural_shapes.core.fields.analytic import Box, Sphere
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.geometry.solid import solid_distance
from neural_shapes.core.geometry.volume import jittered_volume, jittered_volumes, solid_volume


def test_the_volume_of_a_sphere():
    volume = jittered_volume(Sphere(0.6, (0.1, -0.2, 0.05)), 64, np.random.default_rng(0))
    assert volume == pytest.approx(4 / 3 * np.pi * 0.6**3, rel=3e-3)


def test_flat_faces_between_lattice_points_do_not_bias_the_count():
    half_size = (0.5051, 0.3047, 0.2083)
    volumes = [jittered_volume(Box(half_size), 64, np.random.default_rng(seed)) for seed in range(12)]
    assert np.mean(volumes) == pytest.approx(8 * np.prod(half_size), rel=2e-3)
    assert np.std(volumes) < 5e-3 * np.mean(volumes)


def test_offsets_grow_and_shrink_the_solid():
    offsets = np.array([-0.05, 0.0, 0.05])
    volumes = jittered_volumes(Sphere(0.5), 64, offsets, np.random.default_rng(0))
    np.testing.assert_allclose(volumes, 4 / 3 * np.pi * (0.5 + offsets) ** 3, rtol=5e-3)


def test_only_points_near_the_surface_are_evaluated():
    class Counting(Sphere):
        evaluations = 0

        def value(self, points: np.ndarray) -> np.ndarray:
            Counting.evaluations += len(points)
            return super().value(points)

    jittered_volume(Counting(0.5), 128, np.random.default_rng(0))
    assert 0 < Counting.evaluations < 0.2 * 128**3


def test_what_crossing_parts_have_in_common_counts_once(solids) -> None:
    cross = solids.joined(*(solids.box(tuple(np.roll((0.9, 0.25, 0.25), axis))) for axis in range(3)))
    solid = solid_distance(cross)
    assert solid.mesh.volume == pytest.approx(1.35)
    assert solid_volume(solid) == pytest.approx(1.1, rel=2e-3)


def test_the_volume_without_overlaps_is_exact(solids) -> None:
    shell = solids.joined(solids.box((0.4, 0.4, 0.4)), solids.inside_out(solids.box((0.2, 0.3, 0.3))))
    apart = solids.joined(solids.box((0.2, 0.3, 0.3), (-0.5, 0, 0)), solids.box((0.2, 0.3, 0.3), (0.5, 0, 0)))
    assert solid_volume(solid_distance(shell)) == pytest.approx(8 * (0.4**3 - 0.2 * 0.3**2), rel=1e-9)
    assert solid_volume(solid_distance(apart)) == pytest.approx(16 * 0.2 * 0.3**2, rel=1e-9)


def test_the_volume_of_an_open_mesh_is_counted(solids) -> None:
    sphere = solids.sphere(0.6)
    without_a_face = solid_distance(TriangleMesh(sphere.vertices, sphere.faces[1:]))
    assert solid_volume(without_a_face) == pytest.approx(sphere.volume, rel=3e-3)
