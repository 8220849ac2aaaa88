"""The preview draws what the oracle sees, refines it, and never raises."""

import time
from dataclasses import replace

import numpy as np
import pytest
from neural_shapes.core.fields.nested import Level, NestedField
from neural_shapes.core.fields.siren import Siren
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.tracing.camera import Camera
from neural_shapes.core.tracing.sphere_tracing import TracedLevel, trace

pytestmark = pytest.mark.gpu

FIFTY_SHAPES_SECONDS = 2.0


@pytest.fixture
def broken_shader(monkeypatch):
    """Makes one file of shaders/ fail to compile, or all shaders that several files are in together."""
    from neural_shapes.viewport import device, looks, stages

    def break_files(*broken: str) -> None:
        for module in (device, looks, stages):
            intact = module.source
            monkeypatch.setattr(
                module,
                "source",
                lambda *names, intact=intact: intact(*names) + " nonsense" * (set(broken) <= set(names)),
            )

    return break_files


def test_the_picture_has_the_depth_of_the_surface(preview, viewport, previewed):
    shape = previewed("independent")
    viewport.draw(preview, shape)
    assert preview.reason_off == ""
    field = shape.field
    levels = [TracedLevel(field.level(i), level.threshold) for i, level in enumerate(field.levels)]
    oracle = trace(levels, viewport.camera.rays(viewport.size), step_scale=shape.settings.step_scale)
    hit = oracle.hit.reshape(viewport.size[::-1])
    assert (viewport.covered == hit).mean() >= 0.995
    points = np.concatenate([oracle.positions[oracle.hit], np.ones((oracle.hit.sum(), 1))], axis=1)
    clip = points @ (viewport.camera.projection @ viewport.camera.view).T
    expected = np.ones(viewport.size[::-1])
    expected[hit] = 0.5 * clip[:, 2] / clip[:, 3] + 0.5
    both = hit & viewport.covered
    assert np.quantile(np.abs(viewport.depths - expected)[both], 0.99) < 2e-4
    is_background = np.isclose(viewport.colours, viewport.background[:3], atol=1e-6).all(axis=-1)
    np.testing.assert_array_equal(is_background, ~viewport.covered)


def test_what_is_nearer_hides_it(preview, viewport, previewed):
    viewport.draw(preview, previewed())
    alone, half = viewport.covered, viewport.size[0] // 2
    viewport.obstacle_width = half
    viewport.draw(preview, previewed())
    drawn = np.abs(viewport.colours - viewport.background[:3]).max(axis=-1) > 1e-3
    assert alone[:, :half].any()
    assert not drawn[:, :half].any()
    np.testing.assert_array_equal(drawn[:, half:], alone[:, half:])


def test_a_resting_view_is_refined_and_then_left_alone(preview, viewport, previewed):
    sizes, wants_more = [], True
    while wants_more:
        wants_more = viewport.draw_once(preview, previewed())
        refinement = preview._refinements[1, "object"]
        if refinement.has_complete_picture:
            sizes.append(refinement.picture.size)
    assert sorted(sizes) == sizes
    assert len(set(sizes)) > 1
    finest = preview._refinements[1, "object"].picture
    assert not viewport.draw_once(preview, previewed())
    assert preview._refinements[1, "object"].picture is finest


def test_a_moved_view_shows_the_shape_from_there(preview, viewport, previewed):
    viewport.draw(preview, previewed())
    before = viewport.covered
    viewport.camera = Camera.orbit(35, 80, viewport.size)
    viewport.draw(preview, previewed())
    moved = viewport.covered
    assert (before != moved).mean() > 0.03
    fresh = type(preview)()
    viewport.draw(fresh, previewed())
    np.testing.assert_array_equal(viewport.covered, moved)


def test_the_shape_follows_its_object_and_the_time(preview, viewport, previewed):
    viewport.draw(preview, previewed("space_time", time=0.0))
    thin = viewport.covered.mean()
    viewport.draw(preview, previewed("space_time", time=1.0))
    assert viewport.covered.mean() > 1.1 * thin
    aside = np.eye(4)
    aside[:3, 3] = viewport.camera.view[0, :3] * 0.5
    viewport.draw(preview, previewed("space_time"))
    centre = np.argwhere(viewport.covered)[:, 1].mean()
    viewport.draw(preview, previewed("space_time", place=aside))
    assert np.argwhere(viewport.covered)[:, 1].mean() > centre + 5


def test_new_networks_replace_the_picture(preview, viewport, previewed):
    """As while training: the same object comes with other weights under another name."""
    viewport.draw(preview, previewed(networks="step 1"))
    before = viewport.depths
    shape = previewed(networks="step 2")
    coarse_alone = NestedField((Level(shape.field.levels[0].network, 1e-3),))
    viewport.draw(preview, replace(shape, field=coarse_alone))
    assert np.abs(viewport.depths - before).max() > 1e-4
    assert len(preview._fields) == 1


def test_the_picture_stays_until_the_new_networks_have_one(preview, viewport, previewed, monkeypatch):
    viewport.draw(preview, previewed(networks="step 1"))
    covered = viewport.covered
    monkeypatch.setattr("neural_shapes.viewport.preview.SECONDS_IN_MOTION", 0.0)
    viewport.draw_once(preview, previewed(networks="step 2"))
    assert preview.is_refining
    assert preview.has_picture
    np.testing.assert_array_equal(viewport.covered, covered)


def test_networks_that_change_at_every_redraw_are_seen_whole(preview, viewport, previewed, monkeypatch):
    """On a device that needs several redraws for the roughest picture."""
    viewport.draw(preview, previewed())
    covered = viewport.covered.mean()
    preview.free()
    monkeypatch.setattr("neural_shapes.viewport.preview.SECONDS_IN_MOTION", 1e-3)
    redraws = 0
    while not preview.has_picture:
        viewport.draw_once(preview, previewed(networks=f"step {redraws}"))
        redraws += 1
        assert redraws < 1000
    assert redraws > 1
    assert viewport.covered.mean() > 0.8 * covered


def test_the_networks_that_came_last_are_shown_in_the_end(preview, viewport, previewed, monkeypatch):
    """Also where the first picture, on its way as they came, is the finest already."""
    monkeypatch.setattr("neural_shapes.viewport.refinement.DIVISORS", (1,))
    monkeypatch.setattr("neural_shapes.viewport.preview.SECONDS_IN_MOTION", 1e-3)
    viewport.draw_once(preview, previewed(networks="step 1"))
    assert not preview.has_picture
    viewport.draw(preview, previewed(networks="step 2"))
    assert list(preview._fields) == ["step 2"]
    assert preview.has_picture


@pytest.mark.parametrize("path_name", ["compute", "fragment"])
def test_each_path_can_be_forced(viewport, previewed, path_name):
    from neural_shapes.viewport.preview import Preview
    from neural_shapes.viewport.stages import TracingPath

    forced = Preview(TracingPath(path_name))
    viewport.draw(forced, previewed())
    assert forced.device.path is TracingPath(path_name)
    assert viewport.covered.mean() > 0.1


def test_without_working_compute_shaders_fragments_trace(preview, viewport, previewed, broken_shader):
    from neural_shapes.viewport.stages import TracingPath

    broken_shader("network_per_tile")
    viewport.draw(preview, previewed())
    assert preview.device.path is TracingPath.FRAGMENT
    assert viewport.covered.mean() > 0.1


def chosen(shape, name):
    """A shape as after one of these was chosen, of which each needs stages of its own."""
    from neural_shapes.viewport.preview import FirstHitMesh

    triangle = TriangleMesh(0.5 * np.eye(3), np.array([[0, 1, 2]]))
    changes = {
        "networks": {},
        "grid": {"uses_grid": True},
        "mesh": {"mesh": FirstHitMesh("triangle", lambda: triangle)},
        "section": {"settings": replace(shape.settings, cut=(0.0, 1.0, 0.0, 0.1))},
    }
    return replace(shape, **changes[name])


@pytest.mark.parametrize(
    "broken",
    [("stage_section", "section"), ("stage_grid", "grid"), ("distance_grid", "grid")],
    ids=lambda broken: broken[0],
)
def test_a_later_stage_that_is_no_compute_shader_makes_fragments_trace(
    preview, viewport, previewed, broken_shader, broken
):
    from neural_shapes.viewport.stages import TracingPath

    file, name = broken
    broken_shader("network_per_tile", file)
    viewport.draw(preview, previewed())
    assert preview.device.path is TracingPath.COMPUTE
    viewport.draw(preview, chosen(previewed(), name))
    assert preview.reason_off == ""
    assert preview.device.path is TracingPath.FRAGMENT
    covered = viewport.covered
    viewport.draw(type(preview)(TracingPath.FRAGMENT), chosen(previewed(), name))
    np.testing.assert_array_equal(covered, viewport.covered)
    assert covered.any()


@pytest.mark.parametrize("name", ["networks", "grid", "mesh", "section"])
def test_compiling_is_announced_one_redraw_before(preview, viewport, previewed, monkeypatch, name):
    """Blender stands still meanwhile, also when it is for what the artist chose later."""
    from neural_shapes.viewport import tracer

    if name != "networks":
        viewport.draw(preview, previewed())
    compiled = []
    for kind in ("Stage", "MeshHits"):
        make = getattr(tracer, kind)
        monkeypatch.setattr(tracer, kind, lambda *of, make=make: compiled.append(of) or make(*of))
    assert viewport.draw_once(preview, chosen(previewed(), name))
    assert preview.is_compiling
    assert not compiled
    viewport.draw(preview, chosen(previewed(), name))
    assert compiled
    assert not preview.is_compiling


def test_a_failed_probe_means_fragments(preview, viewport, previewed, broken_shader):
    from neural_shapes.viewport.stages import TracingPath

    broken_shader("probe")
    viewport.draw(preview, previewed())
    assert preview.device.path is TracingPath.FRAGMENT


@pytest.mark.parametrize("name", ["field", "looks"])
def test_a_shader_that_does_not_compile_switches_the_preview_off(
    preview, viewport, previewed, broken_shader, name
):
    broken_shader(name)
    viewport.draw(preview, previewed())
    assert preview.reason_off.endswith(".")
    assert not viewport.draw_once(preview, previewed())
    assert not viewport.covered.any()
    assert not preview._fields


def test_whatever_observing_raises_switches_the_preview_off(preview):
    def observe():
        raise ReferenceError("StructRNA of type Object has been removed")

    assert not preview.draw(observe)
    assert "removed" in preview.reason_off
    preview.switch_on()
    assert preview.reason_off == ""


def flattened_askew() -> np.ndarray:
    """As below a parent without a third dimension: singular, with no column of zeros."""
    cosine, sine = np.cos(0.6), np.sin(0.6)
    rotation = np.array([[cosine, -sine, 0], [0, 0, -1], [sine, cosine, 0]])
    matrix = np.eye(4)
    matrix[:3, :3] = (rotation.T @ np.diag([1, 1, 0]) @ rotation).astype(np.float32)
    return matrix


@pytest.mark.parametrize("place", [np.diag([0, 0, 0, 1]), flattened_askew()], ids=["to a point", "askew"])
def test_one_bad_shape_gets_a_sentence_and_the_others_are_drawn(preview, viewport, previewed, place):
    flat = previewed(key="flat", place=place)
    good = previewed(key="good")
    levels = 5 * (good.field.levels[0],)
    deep = replace(previewed(key="deep", networks="deep"), field=NestedField(levels))
    viewport.draw(preview, flat, deep, good)
    assert set(preview.problems) == {"flat", "deep"}
    assert all(sentence.endswith(".") for sentence in preview.problems.values())
    assert viewport.covered.mean() > 0.1
    viewport.draw(preview, previewed(key="flat"))
    assert "flat" not in preview.problems


def test_a_viewport_of_one_pixel_has_a_picture(preview, viewport, previewed):
    viewport.size = (1, 1)
    viewport.draw(preview, previewed())
    assert preview.reason_off == ""


def test_a_camera_inside_the_shape_sees_a_surface(preview, viewport, previewed):
    view = np.eye(4)
    view[0, 3] = -0.55
    near = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, -1.002, -0.02], [0, 0, -1, 0]])
    viewport.camera = Camera(view, near)
    viewport.draw(preview, previewed())
    assert preview.reason_off == ""
    assert viewport.covered.all()


def test_a_shape_behind_the_camera_costs_nothing(preview, viewport, previewed):
    behind = np.eye(4)
    behind[:3, 3] = viewport.camera.view[2, :3] * 100
    assert viewport.draw(preview, previewed(place=behind)) <= 1
    assert not viewport.covered.any()


def test_fifty_shapes_never_hold_a_redraw_for_long(preview, viewport, previewed):
    shapes = []
    for number in range(50):
        place = np.diag([0.1, 0.1, 0.1, 1.0])
        place[:2, 3] = number % 10 / 5 - 0.9, number // 10 / 2.5 - 0.8
        shapes.append(previewed(key=f"shape {number}", place=place))
    viewport.draw(preview, previewed())  # Compiles.
    longest, wants_more = 0.0, True
    while wants_more:
        start = time.perf_counter()
        wants_more = viewport.draw_once(preview, *shapes)
        longest = max(longest, time.perf_counter() - start)
    assert longest < FIFTY_SHAPES_SECONDS
    assert viewport.covered.mean() > 0.02


def test_freeing_lets_go_of_everything_on_the_graphics_card(preview, viewport, previewed):
    viewport.draw(preview, previewed())
    preview.keep_viewports({2})
    assert not preview._refinements
    viewport.draw(preview, previewed())
    preview.free()
    assert not any((preview._refinements, preview._fields, preview.device._tracers))
    viewport.draw(preview, previewed())
    assert viewport.covered.mean() > 0.1


def test_networks_too_large_for_fragments_get_a_sentence(viewport, previewed):
    from neural_shapes.viewport.preview import Preview
    from neural_shapes.viewport.stages import TracingPath

    forced = Preview(TracingPath.FRAGMENT)
    shape = previewed(networks="wide")
    width = 512
    weights = [
        np.zeros(size, np.float32) for size in ((width, 3), (width, width), (width, width), (1, width))
    ]
    wide = Siren(tuple(weights), tuple(np.zeros(len(weight), np.float32) for weight in weights), 30.0, 30.0)
    field = NestedField((Level(wide, 0.01),))
    assert viewport.draw(forced, replace(shape, field=field)) < 5
    assert "too large" in forced.problems["object"]
    assert not forced.is_refining
