"""A morph's Time at frames, whatever decides it, and the playhead stays where it is."""

import bpy
import pytest

FRAMES = [10, 11.5, 12, 13]


@pytest.fixture
def holder(blender):
    from neural_shapes.scene.time_curve import key_times

    blender.ops.mesh.primitive_cube_add()
    key_times(blender.context.object, [(11, 0.0), (21, 1.0)], "LINEAR")
    blender.context.scene.frame_set(17, subframe=0.25)
    return blender.context.object


def times(holder) -> list[float]:
    from neural_shapes.scene.evaluated_time import times_at_frames

    scene = bpy.context.scene
    before = holder.neural_shapes.time
    found = times_at_frames(holder, scene, FRAMES)
    assert (scene.frame_current, scene.frame_subframe) == (17, 0.25)
    assert holder.neural_shapes.time == pytest.approx(before)
    return [found[frame] for frame in FRAMES]


def test_keys_decide(holder):
    assert times(holder) == pytest.approx([0, 0.05, 0.1, 0.2])


@pytest.mark.parametrize("hidden", [False, True], ids=["shown", "hidden behind a child"])
def test_a_driver_decides_that_reads_the_playhead(holder, hidden):
    driver = holder.driver_add("neural_shapes.time").driver
    variable = driver.variables.new()
    variable.name, variable.type = "playhead", "SINGLE_PROP"
    variable.targets[0].id_type, variable.targets[0].id = "SCENE", bpy.context.scene
    variable.targets[0].data_path = "frame_float"
    driver.expression = "playhead / 20"
    if hidden:
        bpy.ops.mesh.primitive_cube_add()
        bpy.context.object.parent = holder
        holder.hide_set(True)
    bpy.context.scene.frame_set(17, subframe=0.25)
    assert times(holder) == pytest.approx([0.5, 0.575, 0.6, 0.65])


def test_the_nla_decides(holder):
    track = holder.animation_data.nla_tracks.new()
    track.strips.new("Morph", 12, holder.animation_data.action)
    holder.animation_data.action = None
    bpy.context.view_layer.update()
    # The strip begins where the first key is, so that all is a frame later.
    assert times(holder) == pytest.approx([0, 0, 0, 0.1], abs=1e-6)
