"""The plot's lines are where the figures put them, in pixels, and are drawn there."""

import math

import numpy as np
import pytest
from neural_shapes.viewport.morph_plot import Rectangle, free_panel, morph_plot

PANEL = Rectangle(20, 10, 300, 110)
TIMES = tuple(np.linspace(0, 1, 5).tolist())


def _plot(values, measure="drift", keys=(0.0, 0.5, 1.0), time=0.25, scale=1.0, **others):
    over_time = {"time": TIMES, measure: tuple(values), **others}
    return morph_plot(over_time, measure, "Title", keys, time, PANEL, scale)


def _heights(plot) -> np.ndarray:
    return np.concatenate(plot.curves)[:, 1]


def test_a_curve_goes_through_its_values_and_its_limits_are_to_the_same_scale():
    values = np.array([0.0, 0.02, -0.01, 0.06, 0.0])
    plot = _plot(values)
    heights = _heights(plot)
    slope = (heights[3] - heights[0]) / 0.06
    np.testing.assert_allclose(heights, heights[0] + slope * values)
    (upper, lower), across = plot.limits, plot.curves[0][:, 0]
    np.testing.assert_allclose(upper[:, 1], heights[0] + slope * 0.03)
    np.testing.assert_allclose(lower[:, 1], heights[0] - slope * 0.03)
    np.testing.assert_allclose((across - across[0]) / (across[-1] - across[0]), TIMES)
    np.testing.assert_allclose(upper[:, 0], across[[0, -1]])


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_everything_lies_within_the_panel(scale):
    plot = _plot([0.0, 0.5, -0.4, 0.1, 0.0], scale=scale, time=1.7)
    points = np.concatenate([*plot.curves, *plot.limits, *plot.ticks, plot.playhead])
    points = np.concatenate([points, [label.place for label in plot.labels]])
    assert (points >= (PANEL.left, PANEL.bottom)).all()
    assert (points <= (PANEL.right, PANEL.top)).all()


def test_the_playhead_and_the_keys_stand_at_their_times():
    plot = _plot([0.0] * 5, keys=(0.0, 0.25, 1.0), time=0.75)
    across = plot.curves[0][:, 0]
    assert plot.playhead[0, 0] == pytest.approx(across[3])
    np.testing.assert_allclose([tick[0, 0] for tick in plot.ticks], across[[0, 1, 4]])
    assert plot.playhead[1, 1] - plot.playhead[0, 1] > plot.ticks[0][1, 1] - plot.ticks[0][0, 1]


def test_a_curve_that_leaves_its_limit_on_either_side_is_exceeded():
    assert not _plot([0.0, 0.03, -0.03, 0.0, 0.0]).is_exceeded
    assert _plot([0.0, 0.031, 0.0, 0.0, 0.0]).is_exceeded
    assert _plot([0.0, -0.031, 0.0, 0.0, 0.0]).is_exceeded
    assert _plot([1, 2, 1, 1, 1], "components").is_exceeded


def test_where_there_is_no_number_the_curve_is_interrupted():
    plot = _plot([0.1, math.nan, 0.2, 0.3, math.nan], "level_set_residual", normal_speed=(1.0,) * 5)
    assert [len(curve) for curve in plot.curves] == [1, 2]
    assert _plot([math.nan] * 5) is None
    assert morph_plot({}, "drift", "Title", (), 0.0, PANEL, 1.0) is None


def test_the_words_say_the_present_value_and_the_limit():
    texts = [label.text for label in _plot([0.0, 0.0123, 0.0, 0.0, 0.0]).labels]
    assert texts == ["Title 1.23%", "limit 3.00%"]
    assert [label.text for label in _plot([1, 2, 1, 1, 1], "components").labels] == ["Title 2", "limit 1"]


def test_the_panel_keeps_clear_of_the_sidebar_and_what_lies_at_the_bottom():
    viewport, sidebar, shelf = (
        Rectangle(100, 50, 1000, 600),
        Rectangle(900, 50, 200, 550),
        Rectangle(100, 50, 1000, 80),
    )
    alone = free_panel(viewport, [], 1.0)
    assert (alone.right, alone.bottom) == (1000 - 16, 16)
    beside = free_panel(viewport, [sidebar, shelf, Rectangle(100, 200, 60, 300)], 1.0)
    assert (beside.right, beside.bottom) == (800 - 16, 80 + 16)
    # Hidden regions are one pixel wide, and others may lie elsewhere in the window.
    assert free_panel(viewport, [Rectangle(1099, 50, 1, 550), Rectangle(1100, 50, 200, 550)], 1.0) == alone
    assert free_panel(Rectangle(0, 0, 150, 600), [], 1.0) is None
    assert free_panel(Rectangle(0, 0, 600, 100), [], 1.0) is None


@pytest.mark.gpu
def test_lines_and_words_are_drawn_where_they_are_planned(gpu):
    from mathutils import Matrix
    from neural_shapes.viewport.morph_plot_drawing import (
        CURVE,
        EXCEEDED,
        KEYS,
        LIMIT,
        PLAYHEAD,
        draw_plot,
    )

    def picture(plot) -> np.ndarray:
        target = gpu.types.GPUOffScreen(340, 140, format="RGBA32F")
        with target.bind():
            framebuffer = gpu.state.active_framebuffer_get()
            framebuffer.clear(color=(0.0, 0.0, 0.0, 1.0))
            gpu.matrix.load_matrix(Matrix.Identity(4))
            projection = np.eye(4)
            projection[[0, 1], [0, 1]] = 2 / 340, 2 / 140
            projection[:2, 3] = -1
            gpu.matrix.load_projection_matrix(Matrix(projection))
            gpu.state.blend_set("NONE")
            draw_plot(plot, (340, 140), 1.0)
            assert gpu.state.blend_get() == "NONE"
            return np.array(framebuffer.read_color(0, 0, 340, 140, 4, 0, "FLOAT")).reshape(140, 340, 4)

    def has_colour_near(image, place, colour) -> bool:
        left, bottom = int(place[0]), int(place[1])
        around = image[bottom - 2 : bottom + 3, left - 2 : left + 3, :3].reshape(-1, 3)
        # A line of one pixel between two pixels' centres covers neither whole.
        towards = np.float32(colour[:3]) / np.linalg.norm(colour[:3])
        return bool((around @ towards > 0.35 * np.linalg.norm(colour[:3])).any())

    good, bad = _plot([0.0, 0.02, 0.01, -0.01, 0.0]), _plot([0.0, 0.02, 0.05, -0.01, 0.0])
    image = picture(good)
    middle = good.curves[0][1:4]
    assert all(has_colour_near(image, place, CURVE) for place in middle)
    assert has_colour_near(image, good.limits[0].mean(axis=0), LIMIT)
    assert has_colour_near(image, good.ticks[1].mean(axis=0), KEYS)
    assert has_colour_near(image, good.playhead[1] - (0, 3), PLAYHEAD)
    left, bottom = (int(value) for value in good.labels[0].place)
    assert image[bottom : bottom + 8, left : left + 60, :3].min(axis=2).max() > 0.5
    outside = np.ones(image.shape[:2], dtype=bool)
    outside[10:120, 20:320] = False
    assert not image[outside][:, :3].any()
    reddest = picture(bad)[..., 0] - picture(bad)[..., 2]
    assert reddest.max() > 0.9 * (EXCEEDED[0] - EXCEEDED[2]) > (image[..., 0] - image[..., 2]).max() / 2
