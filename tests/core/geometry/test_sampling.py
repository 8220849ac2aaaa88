"""Samples are uniform where they say so, lie where they say so, and repeat with their seed."""

import numpy as np
import pytest
from neural_shapes.core.geometry.distance import signed_distance
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.geometry.sampling import sample_domain, sample_near_surface, sample_surface


def generator(seed: int = 7) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_surface_samples_fall_on_faces_in_proportion_to_their_areas(solids) -> None:
    mesh = solids.box()
    count = 200_000
    share = np.bincount(sample_surface(mesh, count, generator()).faces, minlength=len(mesh.faces)) / count
    expected = mesh.face_areas / mesh.face_areas.sum()
    np.testing.assert_allclose(share, expected, atol=5 * np.sqrt(0.25 / count))


def test_surface_samples_are_uniform_within_a_face() -> None:
    triangle = TriangleMesh([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]])
    x, y, _ = sample_surface(triangle, 200_000, generator()).points.T
    # Moments of the uniform density 2 over the right triangle.
    assert x.mean() == pytest.approx(1 / 3, abs=2e-3)
    assert (x * x).mean() == pytest.approx(1 / 6, abs=2e-3)
    assert (x * y).mean() == pytest.approx(1 / 12, abs=2e-3)


def test_surface_samples_agree_with_their_barycentrics_and_normals(solids) -> None:
    mesh = solids.sphere()
    samples = sample_surface(mesh, 1000, generator())
    rebuilt = np.einsum("nc,ncd->nd", samples.barycentrics, mesh.corners[samples.faces])
    np.testing.assert_allclose(samples.points, rebuilt, atol=1e-6)
    radial = samples.points / np.linalg.norm(samples.points, axis=1, keepdims=True)
    assert (np.einsum("ij,ij->i", samples.normals, radial) > 0.99).all()


def test_faces_without_area_are_never_chosen(solids) -> None:
    box = solids.box()
    mesh = TriangleMesh(box.vertices, np.concatenate([[[0, 0, 0]], box.faces, [[1, 1, 2]]]))
    chosen = sample_surface(mesh, 10_000, generator()).faces
    assert chosen.min() > 0
    assert chosen.max() < len(mesh.faces) - 1


def test_a_mesh_without_area_is_refused() -> None:
    with pytest.raises(ValueError, match="without area"):
        sample_surface(TriangleMesh([[0, 0, 0]], [[0, 0, 0]]), 10, generator())


def test_near_samples_have_the_deviations_asked_for(solids) -> None:
    # Along the normal of a large flat side the distance is the Gaussian's own component.
    mesh = solids.box((50, 50, 50))
    points = sample_near_surface(mesh, 100_000, {0.01: 3.0, 0.1: 1.0}, generator())
    distance = signed_distance(mesh, points)
    assert np.mean(distance**2) == pytest.approx(0.75 * 0.01**2 + 0.25 * 0.1**2, rel=0.03)
    assert np.mean(np.abs(distance) < 0.03) == pytest.approx(0.75 * 0.9973 + 0.25 * 0.2358, abs=0.01)


def test_domain_samples_fill_the_domain_and_no_more() -> None:
    inside, beyond = sample_domain(50_000, generator()), sample_domain(50_000, generator(), beyond=0.1)
    assert np.abs(inside).max() == pytest.approx(1, abs=1e-3)
    assert np.abs(inside).max() <= 1
    assert np.abs(beyond).max() == pytest.approx(1.1, abs=1e-3)
    assert np.var(inside) == pytest.approx(1 / 3, rel=0.02)


def test_a_seed_repeats_its_samples(solids) -> None:
    mesh = solids.box()
    for sample in (
        lambda seed: sample_surface(mesh, 100, generator(seed)).points,
        lambda seed: sample_near_surface(mesh, 100, {0.1: 1.0}, generator(seed)),
        lambda seed: sample_domain(100, generator(seed)),
    ):
        np.testing.assert_array_equal(sample(1), sample(1))
        assert (sample(1) != sample(2)).any()
