"""The surface of an open source ends where the source ends, with a clean rim; closed sources stay closed."""

from dataclasses import replace
from pathlib import Path

import igl
import numpy as np
import pytest
from neural_shapes.core import shape_file
from neural_shapes.core.geometry.distance import SignedDistance
from neural_shapes.core.geometry.distance_field import DistanceField
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.geometry.open_edges import open_edges
from neural_shapes.core.geometry.solid import solid_distance
from neural_shapes.core.geometry.surface_errors import surface_errors
from neural_shapes.core.meshing import trimmable_boundary as trimmable
from neural_shapes.core.meshing.isosurface import extract_isosurface
from neural_shapes.core.meshing.shape_surface import extract_surface
from neural_shapes.core.meshing.trimmable_boundary import trimmable_boundary
from neural_shapes.core.meshing.trimming import trimmed

RESOLUTION = 64


def sphere(subdivisions: int = 4) -> TriangleMesh:
    """A sphere of radius 0.8."""
    vertices, faces = igl.icosahedron()
    for _ in range(subdivisions):
        vertices, faces = igl.upsample(vertices, faces)
    return TriangleMesh(0.8 * vertices / np.linalg.norm(vertices, axis=1, keepdims=True), faces)


def hemisphere() -> TriangleMesh:
    """The lower half, of all triangles below a ragged equator."""
    whole = sphere()
    return TriangleMesh(whole.vertices, whole.faces[whole.corners[:, :, 2].mean(axis=1) < 0])


def tube(segments: int = 64, rings: int = 17) -> TriangleMesh:
    """A cylinder of radius 0.4 around the z axis from -0.7 to 0.7, open at both ends."""
    angles = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    heights = np.linspace(-0.7, 0.7, rings)
    circle = 0.4 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    vertices = np.concatenate([np.column_stack([circle, np.full(segments, z)]) for z in heights])
    ring, place = np.meshgrid(np.arange(rings - 1), np.arange(segments), indexing="ij")
    a, b = ring * segments + place, ring * segments + (place + 1) % segments
    c, d = b + segments, a + segments
    faces = np.concatenate([np.stack([a, b, c], axis=-1), np.stack([a, c, d], axis=-1)])
    return TriangleMesh(vertices, faces.reshape(-1, 3))


def joined(*meshes: TriangleMesh) -> TriangleMesh:
    offsets = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    faces = [mesh.faces + offset for mesh, offset in zip(meshes, offsets, strict=False)]
    return TriangleMesh(np.concatenate([mesh.vertices for mesh in meshes]), np.concatenate(faces))


def surfaces(source: TriangleMesh, resolution: int = RESOLUTION, offset: float = 0.0):
    """The solid of a source, its closed surface, and what is left of that when it is trimmed."""
    distance = solid_distance(source)
    field = DistanceField(distance)
    surface = extract_isosurface(field, resolution, offset)
    closed = surface.mesh
    boundary = trimmable_boundary(distance, field)
    open_mesh = closed if boundary is None else trimmed(closed, boundary, surface.spacing, offset)
    return distance, closed, open_mesh


@pytest.fixture(scope="module", autouse=True)
def trials_at_the_resolution_of_the_test():
    """Exact distances take their time at the usual ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trimmable, "RESOLUTIONS", (RESOLUTION,))
        yield


@pytest.fixture(scope="module", params=[hemisphere, tube], ids=lambda make: make.__name__)
def opened(request):
    return surfaces(request.param())


def test_the_caps_are_cut_off(opened) -> None:
    distance, closed, open_mesh = opened
    errors = [
        surface_errors(SignedDistance(mesh), distance, np.random.default_rng(0))
        for mesh in (closed, open_mesh)
    ]
    assert errors[0].chamfer > 0.01
    assert errors[1].chamfer < 1e-3
    # Nothing stands over by more than a cell, and nothing else is cut away.
    assert errors[1].hausdorff < 2 / RESOLUTION


def test_the_rim_is_a_loop_at_each_opening_on_the_boundary(opened) -> None:
    distance, _, open_mesh = opened
    assert igl.is_edge_manifold(open_mesh.faces)[0]
    rim = igl.boundary_facets(open_mesh.faces)[0]
    assert len(igl.boundary_loop_all(open_mesh.faces)) == len(igl.boundary_loop_all(distance.mesh.faces))
    source = open_edges(distance).ends.reshape(-1, 3)
    gaps = np.linalg.norm(open_mesh.vertices[rim[:, 0], None] - source, axis=2).min(axis=1)
    spacing = np.linalg.norm(np.diff(open_edges(distance).ends, axis=1), axis=2).max()
    assert gaps.max() < spacing / 2 + 1 / RESOLUTION


def test_an_offset_surface_is_open_at_the_same_places() -> None:
    _, closed, open_mesh = surfaces(tube(), offset=0.1)
    assert closed.vertices[:, 2].max() > 0.75
    assert np.abs(open_mesh.vertices[:, 2]).max() == pytest.approx(0.7, abs=0.02)
    radii = np.linalg.norm(open_mesh.vertices[:, :2], axis=1)
    np.testing.assert_allclose(radii, 0.5, atol=0.01)


def test_a_closed_source_has_no_boundary_nor_has_one_with_cracks() -> None:
    whole = sphere(3)
    assert open_edges(solid_distance(whole)) is None
    # Every face with vertices of its own, as files without an index have them.
    soup = TriangleMesh(whole.corners.reshape(-1, 3), np.arange(3 * len(whole.faces)))
    assert open_edges(SignedDistance(soup)) is None


def test_what_fills_an_opening_stays() -> None:
    """A ball in the mouth of a tube, such as an eye in its socket, closes it."""
    ball = sphere(3)
    eye = TriangleMesh(ball.vertices / 0.8 * 0.45 + [0, 0, 0.4], ball.faces)
    _, closed, open_mesh = surfaces(joined(tube(), eye))
    assert open_mesh.vertices[:, 2].max() == pytest.approx(0.85, abs=0.02)
    assert closed.vertices[:, 2].min() == pytest.approx(-0.7, abs=0.03)


def test_whoever_waits_is_asked_between_the_steps_and_can_stop(opened, root: Path) -> None:
    distance, _, _ = opened
    shape = shape_file.load(root / "tests/viewport/shapes/residual.safetensors")
    shares: list[float] = []

    def stop_after_the_isosurface(share: float) -> None:
        shares.append(share)
        if shares.count(1.0) == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        extract_surface(
            replace(shape, boundary=open_edges(distance)), 24, stop_after_the_isosurface, device="cpu"
        )
