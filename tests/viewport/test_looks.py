"""Each look shows what it says: the section the field, the error the distance to the mesh, and so on."""

from dataclasses import replace

import numpy as np
import pytest
from neural_shapes.core.errors import NeuralShapesError
from neural_shapes.core.fields.nested import NestedField
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.geometry.placement import Placement

pytestmark = pytest.mark.gpu

CUT = (0.0, 1.0, 0.0, 0.1)
# A threshold whose neighborhood is several pixels wide.
BAND = 0.1


@pytest.fixture
def torus():
    """A mesh near the surface of the test shapes."""
    u, v = np.meshgrid(
        np.linspace(0, 2 * np.pi, 96, False), np.linspace(0, 2 * np.pi, 48, False), indexing="ij"
    )
    radius = 0.55 + 0.25 * np.cos(v)
    vertices = np.stack([radius * np.cos(u), radius * np.sin(u), 0.25 * np.sin(v)], axis=-1).reshape(-1, 3)
    corner = np.arange(u.size).reshape(u.shape)
    right, up = np.roll(corner, -1, axis=0), np.roll(corner, -1, axis=1)
    opposite = np.roll(right, -1, axis=1)
    faces = np.concatenate([np.stack([corner, right, opposite], -1), np.stack([corner, opposite, up], -1)])
    return TriangleMesh(vertices, faces.reshape(-1, 3))


def looking(shape, look_name, **appearance):
    from neural_shapes.viewport.looks import Look

    return replace(shape, appearance=replace(shape.appearance, look=Look[look_name], **appearance))


def finished_picture(preview):
    return next(iter(preview._refinements.values())).picture


def pixels(texture, size):
    return np.array(texture.read()).reshape(*size[::-1], 4)


@pytest.mark.parametrize("name", ["residual", "independent"])
def test_the_section_holds_the_values_of_all_levels(preview, viewport, previewed, name):
    shape = looking(previewed(name), "SECTION")
    shape = replace(shape, settings=replace(shape.settings, cut=CUT))
    viewport.draw(preview, shape)
    picture = finished_picture(preview)
    values, places = (pixels(texture, picture.size) for texture in picture.section)
    left, bottom, width, height = next(iter(preview._refinements.values()))._window.rectangle
    x = left + (np.arange(picture.size[0]) + 0.5) / picture.size[0] * width
    y = bottom + (np.arange(picture.size[1]) + 0.5) / picture.size[1] * height
    x, y = np.meshgrid(x, y)
    inverse = np.linalg.inv(viewport.camera.projection @ viewport.camera.view)
    ends = [np.stack([x, y, np.full_like(x, z), np.ones_like(x)], -1) @ inverse.T for z in (-1, 1)]
    near, far = (end[..., :3] / end[..., 3:] for end in ends)
    share = (CUT[3] - near[..., 1]) / (far - near)[..., 1]
    points = near + share[..., None] * (far - near)
    crosses = places[..., 0] == 1
    inside = (np.abs(points) < 0.99).all(axis=-1)
    assert crosses[inside].mean() > 0.99
    field = shape.field
    for level in (0, 1):
        expected = field.level(level).value(points[crosses])
        np.testing.assert_allclose(values[crosses][:, level], expected, atol=2e-5)


def test_a_section_tells_inside_neighborhood_and_outside_apart(preview, viewport, previewed):
    shape = looking(previewed("independent"), "SECTION")
    coarse, finest = shape.field.levels
    shape = replace(shape, field=NestedField((replace(coarse, threshold=BAND), finest)))
    viewport.background = (0.0, 0.0, 0.0, 1.0)
    viewport.draw(preview, replace(shape, settings=replace(shape.settings, cut=CUT)))
    picture = finished_picture(preview)
    values, places = (pixels(texture, picture.size) for texture in picture.section)
    corner = np.array(next(iter(preview._refinements.values()))._window.rectangle[:2])
    left, bottom = np.rint((corner + 1) / 2 * viewport.size).astype(int)
    shown = viewport.colours[::-1][bottom : bottom + picture.size[1], left : left + picture.size[0]]
    rows, columns = shown.shape[:2]
    fine, coarse = (values[:rows, :columns, level] for level in (1, 0))
    crosses = places[:rows, :columns, 0] == 1
    redness = shown[..., 0] - shown[..., 2]
    band = crosses & (np.abs(coarse) < 0.8 * BAND) & (np.abs(fine) > 0.6 * BAND)
    inside, outside = crosses & (fine < -1.2 * BAND), crosses & (fine > 1.2 * BAND)
    assert redness[band].max() < redness[inside].min() < redness[inside].max() < redness[outside].min()


def test_a_mesh_is_hit_where_it_is_and_takes_neural_normals(preview, viewport, previewed, torus):
    from neural_shapes.viewport.preview import FirstHitMesh

    shape = replace(previewed("independent"), mesh=FirstHitMesh("torus", lambda: torus))
    viewport.draw(preview, shape)
    picture = finished_picture(preview)
    states, gradients = (
        pixels(texture, picture.size) for texture in (picture.images.states, picture.images.gradients)
    )
    hit = states[..., 1] == 9
    depths = viewport.depths
    clip = np.concatenate([torus.vertices, np.ones((len(torus.vertices), 1))], axis=1)
    clip = clip @ (viewport.camera.projection @ viewport.camera.view).T
    nearest = (0.5 * clip[:, 2] / clip[:, 3] + 0.5).min()
    assert depths.min() == pytest.approx(nearest, abs=1e-4)
    assert states[hit][:, 2:].max() == 0, "a mesh needs no evaluations for its first hit"
    viewport.draw(preview, previewed("independent"))
    assert (viewport.covered == (depths < 1)).mean() > 0.97
    assert np.abs(gradients[hit][:, 3]).max() < 0.03


def test_the_error_look_colours_the_distance_to_the_mesh(preview, viewport, previewed, torus):
    from neural_shapes.viewport.preview import FirstHitMesh

    def drawn(mesh, key):
        shape = replace(previewed("independent"), mesh=FirstHitMesh(key, lambda: mesh))
        viewport.draw(preview, looking(shape, "ERROR", error_shown=0.05))
        return viewport.colours[viewport.covered].mean(axis=0)

    blown_up = TriangleMesh(torus.vertices * 1.15, torus.faces)
    near, far = drawn(torus, "near"), drawn(blown_up, "far")
    assert near[2] > near[0], "a mesh on the surface is cold"
    assert far[0] > 2 * far[2], "a mesh off the surface is warm"


def test_a_mesh_is_read_once_per_state(preview, viewport, previewed, torus):
    from neural_shapes.viewport.preview import FirstHitMesh

    read = []

    def observe(key):
        return replace(previewed(), mesh=FirstHitMesh(key, lambda: read.append(key) or torus))

    for key in ("before", "before", "after", "after"):
        viewport.draw(preview, observe(key))
    assert read == ["before", "after"]
    assert [key for key, _ in preview._meshes] == ["after"]


def test_each_placement_has_the_mesh_at_its_own_place(preview, viewport, previewed, torus):
    """As two shapes of one source, of which one was trained before an edit that changed its extent."""
    from neural_shapes.viewport.preview import FirstHitMesh

    mesh = FirstHitMesh("torus", lambda: torus)
    shape = replace(previewed(key="after"), mesh=mesh)
    viewport.draw(preview, shape)
    alone = viewport.depths
    preview.free()
    out_of_sight = np.eye(4)
    out_of_sight[:3, 3] = viewport.camera.view[0, :3] * 100
    before = replace(previewed(key="before", place=out_of_sight), mesh=mesh, placement=Placement(scale=0.5))
    viewport.draw(preview, before, shape)
    np.testing.assert_array_equal(viewport.depths, alone)


def test_a_mesh_that_cannot_be_read_gives_a_sentence(preview, viewport, previewed):
    from neural_shapes.viewport.preview import FirstHitMesh

    def refuse():
        raise NeuralShapesError("The source is empty.")

    viewport.draw(preview, replace(previewed(), mesh=FirstHitMesh("empty", refuse)))
    assert preview.problems == {"object": "The source is empty."}
    assert not viewport.covered.any()


def test_normals_are_colours_of_directions_in_the_view(preview, viewport, previewed):
    viewport.draw(preview, looking(previewed(), "NORMAL"))
    colours, covered = viewport.colours, viewport.covered
    rows, columns = np.nonzero(covered)
    left, right = columns < np.quantile(columns, 0.1), columns > np.quantile(columns, 0.9)
    red = colours[rows, columns, 0]
    assert red[right].mean() > red[left].mean() + 0.3


def test_the_level_view_shows_neighborhoods_around_the_shape(preview, viewport, previewed):
    viewport.draw(preview, previewed())
    covered = viewport.covered
    viewport.draw(preview, looking(previewed(), "LEVELS"))
    drawn = np.abs(viewport.colours - viewport.background[:3]).max(axis=-1) > 1e-3
    assert drawn[covered].all()
    assert (drawn & ~covered).sum() > 20
    np.testing.assert_array_equal(viewport.covered, covered)


def test_opacity_and_outline_are_drawn(preview, viewport, previewed):
    viewport.draw(preview, looking(previewed(), "STUDIO"))
    solid, covered = viewport.colours, viewport.covered
    viewport.draw(preview, looking(previewed(), "STUDIO", opacity=0.5))
    blended = 0.5 * solid + 0.5 * np.array(viewport.background[:3])
    np.testing.assert_allclose(viewport.colours[covered], blended[covered], atol=2e-3)
    assert not viewport.covered.any(), "what can be seen through hides nothing"
    viewport.draw(preview, looking(previewed(), "STUDIO", outline=(1.0, 0.0, 1.0, 1.0)))
    outlined = np.isclose(viewport.colours, (1.0, 0.0, 1.0), atol=1e-3).all(axis=-1)
    assert 20 < outlined.sum() < covered.sum() / 2
    assert covered[outlined].all()


@pytest.mark.parametrize("path_name", ["compute", "fragment"])
@pytest.mark.parametrize("name", ["residual", "independent"])
def test_a_baked_grid_leads_to_the_same_surface_with_fewer_evaluations(viewport, previewed, name, path_name):
    from neural_shapes.viewport.preview import Preview
    from neural_shapes.viewport.stages import TracingPath

    pictures = {}
    for uses_grid in (False, True):
        preview = Preview(TracingPath(path_name))
        viewport.draw(preview, replace(previewed(name), uses_grid=uses_grid))
        picture = finished_picture(preview)
        pictures[uses_grid] = pixels(picture.images.states, picture.size), viewport.depths
        assert preview.reason_off == ""
    (networks, depths), (grid, grid_depths) = pictures[False], pictures[True]
    hit, grid_hit = (states[..., 1] == 9 for states in (networks, grid))
    assert (hit == grid_hit).mean() >= 0.995
    assert np.abs(networks[..., 0] - grid[..., 0])[hit & grid_hit].max() < 5e-3
    assert np.quantile(np.abs(depths - grid_depths), 0.99) < 1e-4
    coarse, fine = (states[..., 2] % 4096 for states in (networks, grid)), grid[..., 2] // 4096
    assert next(coarse).sum() > 0
    assert next(coarse).sum() == 0
    assert fine.sum() <= 1.2 * (networks[..., 2] // 4096).sum()
