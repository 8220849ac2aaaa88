"""Every kind of bad mesh gets its one sentence; every usable one loses only what carries no shape."""

import numpy as np
import pytest
from neural_shapes.core.geometry.cleaning import MeshError, cleaned
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.geometry.placement import Placement


def with_vertex(mesh: TriangleMesh, index: int, position: list[float]) -> TriangleMesh:
    vertices = mesh.vertices.copy()
    vertices[index] = position
    return TriangleMesh(vertices, mesh.faces)


def bumpy_sheet(quads_per_side: int, height: float) -> TriangleMesh:
    """A tilted square of two triangles a quad, with random bumps."""
    count = quads_per_side + 1
    u, v = np.meshgrid(np.linspace(0, 1, count), np.linspace(0, 1, count), indexing="ij")
    bumps = height * np.random.default_rng(0).standard_normal(u.shape)
    corners = np.arange(count * count).reshape(count, count)
    a, b, c, d = corners[:-1, :-1], corners[1:, :-1], corners[1:, 1:], corners[:-1, 1:]
    faces = np.concatenate([np.stack([a, b, c], axis=-1), np.stack([a, c, d], axis=-1)])
    return TriangleMesh(np.stack([u, v, bumps + u + 2 * v], axis=-1), faces)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda box: TriangleMesh(np.empty((0, 3)), np.empty((0, 3))), "is empty"),
        (lambda box: TriangleMesh(box.vertices, np.empty((0, 3))), "has no faces"),
        (lambda box: TriangleMesh(box.vertices, [*box.faces, [0, 1, 8]]), "vertices that do not exist"),
        (lambda box: TriangleMesh(box.vertices, [*box.faces, [0, 1, -1]]), "vertices that do not exist"),
        (lambda box: with_vertex(box, 3, [0, np.nan, 0]), "NaN or infinite"),
        (lambda box: with_vertex(box, 3, [0, np.inf, 0]), "NaN or infinite"),
        (lambda box: with_vertex(box, 3, [0, 1e200, 0]), "too large"),
        (lambda box: TriangleMesh(box.vertices * 0 + 5, box.faces), "no size"),
        (lambda box: TriangleMesh(box.vertices * [1, 0, 0], box.faces), "no area"),
        (lambda box: TriangleMesh(box.vertices * [1, 1, 0], box.faces), "single plane"),
        (lambda box: bumpy_sheet(20, 0), "single plane"),
    ],
)
def test_a_mesh_that_bounds_nothing_is_refused_in_one_sentence(solids, spoil, sentence: str) -> None:
    with pytest.raises(MeshError, match=sentence) as refusal:
        cleaned(spoil(solids.box()))
    text = str(refusal.value)
    assert text.endswith(".")
    assert "\n" not in text


@pytest.mark.parametrize("scale", [1e-6, 1e6])
@pytest.mark.parametrize("shift", [0, 3])
def test_tiny_and_huge_coordinates_change_nothing_once_placed(solids, scale: float, shift: float) -> None:
    sphere = solids.sphere()
    mesh = cleaned(TriangleMesh((sphere.vertices + shift) * scale, sphere.faces))
    placed = Placement.of_mesh(mesh).mesh_to_domain(mesh)
    assert len(mesh.faces) == len(sphere.faces)
    np.testing.assert_allclose(np.linalg.norm(placed.vertices, axis=1), 0.9, atol=2e-3)


def test_seams_are_welded_by_position(solids) -> None:
    sphere = solids.sphere(subdivisions=2)
    soup = TriangleMesh(sphere.corners.reshape(-1, 3), np.arange(3 * len(sphere.faces)))
    mesh = cleaned(soup)
    assert len(mesh.vertices) == len(sphere.vertices)
    np.testing.assert_array_equal(mesh.corners, sphere.corners)


def test_negative_zero_is_welded_to_zero(solids) -> None:
    box = solids.box(centre=(0.5, 0.4, 0.3))
    other = solids.inside_out(TriangleMesh(box.vertices * [-1, 1, 1], box.faces))
    assert (np.signbit(other.vertices) & (other.vertices == 0)).any()
    assert len(cleaned(solids.joined(box, other)).vertices) == 12


def test_repeated_and_degenerate_faces_and_loose_vertices_go(solids) -> None:
    box = solids.box()
    loose = np.array([[9.0, 9, 9], [np.nan, 0, 0]])
    middle = (box.vertices[[0]] + box.vertices[[1]]) / 2
    junk = [[0, 0, 1], [0, 1, 10], *box.faces[3:5], *box.faces[5:7, ::-1], *np.roll(box.faces[:2], 1, axis=1)]
    mesh = cleaned(TriangleMesh([*box.vertices, *loose, *middle], [*box.faces, *junk]))
    np.testing.assert_array_equal(mesh.corners, box.corners)
    assert len(mesh.vertices) == 8


def test_a_nearly_flat_bumpy_sheet_is_no_plane() -> None:
    sheet = bumpy_sheet(20, 0.01)
    assert len(cleaned(sheet).faces) == len(sheet.faces)


def test_two_million_triangles_are_cleaned() -> None:
    assert len(cleaned(bumpy_sheet(1000, 0.001)).faces) == 2_000_000
