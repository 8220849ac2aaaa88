"""A morph's Time follows real F-curves, which frames are read from without moving the playhead."""

import bpy  # noqa: F401  makes addon_utils importable for the fixture blender
import pytest

KEYS = [(10, 0.0), (20, 0.25), (60, 1.0)]


@pytest.fixture
def holder(blender):
    blender.ops.mesh.primitive_cube_add()
    return blender.context.object


def keyed(holder, easing="LINEAR", keys=KEYS):
    from neural_shapes.scene.time_curve import key_times

    key_times(holder, keys, easing)


def at(holder, frame):
    from neural_shapes.scene.time_curve import time_at_frame

    return pytest.approx(time_at_frame(holder, frame), abs=1e-6)


def points(holder):
    from bpy_extras.anim_utils import action_get_channelbag_for_slot

    data = holder.animation_data
    channels = action_get_channelbag_for_slot(data.action, data.action_slot)
    return channels.fcurves.find("neural_shapes.time").keyframe_points


def test_blender_itself_plays_what_was_keyed(blender, holder):
    keyed(holder)
    for frame, time in ((0, 0.0), (10, 0.0), (15, 0.125), (40, 0.625), (60, 1.0), (99, 1.0)):
        blender.context.scene.frame_set(frame)
        assert holder.neural_shapes.time == pytest.approx(time, abs=1e-6)
        assert holder.neural_shapes.time == at(holder, frame)


def test_a_frame_is_read_without_moving_the_playhead(blender, holder):
    blender.context.scene.frame_set(20)
    keyed(holder)
    assert at(holder, 40.5) == 0.25 + 0.75 * 20.5 / 40
    assert (blender.context.scene.frame_current, holder.neural_shapes.time) == (20, 0.25)


@pytest.mark.parametrize("easing", ["CONSTANT", "BEZIER", "SINE", "CUBIC", "BACK"])
def test_keys_have_the_easing_that_was_picked(blender, holder, easing):
    keyed(holder, easing)
    assert {point.interpolation for point in points(holder)} == {easing}
    for frame in range(8, 63, 3):
        blender.context.scene.frame_set(frame)
        assert holder.neural_shapes.time == at(holder, frame)


def test_a_key_moved_in_time_needs_nothing_else(holder):
    keyed(holder)
    points(holder)[1].co.x = 40
    assert at(holder, 40) == 0.25
    assert at(holder, 50) == 0.625


def test_without_an_f_curve_that_decides_the_present_time_holds(blender, holder):
    holder.neural_shapes.time = 0.5
    assert at(holder, 30) == 0.5
    keyed(holder)
    track = holder.animation_data.nla_tracks.new()
    track.strips.new("Morph", 100, holder.animation_data.action)
    holder.animation_data.action = None
    blender.context.scene.frame_set(105)
    assert holder.neural_shapes.time == pytest.approx(0.125, abs=1e-6)
    assert at(holder, 0) == pytest.approx(0.125, abs=1e-6)


def test_a_driver_decides_before_keys(blender, holder):
    keyed(holder)
    driver = holder.driver_add("neural_shapes.time").driver
    driver.expression = "0.75"
    blender.context.view_layer.update()
    assert holder.neural_shapes.time == at(holder, 10) == 0.75
