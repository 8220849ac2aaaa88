"""A shape that changes over time gives the normals of the time that its object is at."""

import time

import bpy
import numpy as np
import pytest
from neural_shapes.core import shape_file
from neural_shapes.scene import neural_shape
from neural_shapes.scene.custom_normals import masked_share
from neural_shapes.scene.target_mesh import read_corner_normals
from neural_shapes.session import normals_playback, playback
from neural_shapes.session.worker import jobs

# The tube of the torus swells by 0.1 from a radius of 0.2.
DISTANCE = 0.04
PATIENCE = 60.0


@pytest.fixture
def target(scene, root):
    """A torus on the morph's at time 0, selected."""
    morph = shape_file.load(root / "tests/viewport/shapes/space_time.safetensors")
    neural_shape.store(scene.holder, morph)
    scene.holder.matrix_world.identity()
    bpy.context.view_layer.update()
    bpy.ops.object.select_all(action="DESELECT")
    bpy.ops.mesh.primitive_torus_add(major_radius=0.5, minor_radius=0.2)
    target = bpy.context.object
    target.scale = np.full(3, 1 / morph.placement.scale)
    target.location = morph.placement.centre
    bpy.context.view_layer.update()
    scene.settings.mapping.distance = DISTANCE / morph.placement.scale / 2
    return target


def test_normals_are_those_of_the_objects_time(scene, target):
    own = read_corner_normals(target.data)
    bpy.ops.neural_shapes.transfer_normals()
    assert masked_share(target.data) < 0.05
    assert np.abs(read_corner_normals(target.data) - own).max() > 1e-3
    scene.holder.neural_shapes.time = 1.0
    bpy.ops.neural_shapes.transfer_normals()
    assert masked_share(target.data) > 0.9


def follow(scene, monkeypatch, now: float) -> None:
    """Set the morph's Time, and run the timer as a Blender with a window would until it has nothing to do."""
    monkeypatch.setattr(playback, "has_window", lambda: True)
    monkeypatch.setattr(normals_playback, "REST_SECONDS", 0.0)
    scene.holder.neural_shapes_playback.follow = False
    scene.holder.neural_shapes.time = now
    scene.holder.update_tag()  # As the slider does; Python alone does not.
    bpy.context.view_layer.update()
    give_up = time.monotonic() + PATIENCE
    while normals_playback._tick() is not None:
        assert time.monotonic() < give_up
        time.sleep(0.01)


def test_normals_follow_the_frame_and_restore_brings_back_the_first_ones(scene, target, monkeypatch):
    own = read_corner_normals(target.data)
    attributes = sorted(target.data.attributes.keys())
    scene.settings.mapping.distance = 0.0
    scene.settings.normals.strength = 0.7
    bpy.ops.neural_shapes.transfer_normals()
    early = read_corner_normals(target.data)
    scene.settings.normals.strength = 0.1
    target.neural_shapes_normals.follow = True
    follow(scene, monkeypatch, 1.0)
    late = read_corner_normals(target.data)
    assert np.abs(late - early).max() > 1e-3
    # As a transfer at that time by the options of the first one.
    scene.settings.normals.strength = 0.7
    bpy.ops.neural_shapes.transfer_normals()
    np.testing.assert_allclose(read_corner_normals(target.data), late, atol=1e-6)
    follow(scene, monkeypatch, 0.0)
    np.testing.assert_allclose(read_corner_normals(target.data), early, atol=1e-6)
    bpy.ops.neural_shapes.restore_normals()
    assert sorted(target.data.attributes.keys()) == attributes
    np.testing.assert_array_equal(read_corner_normals(target.data), own)
    follow(scene, monkeypatch, 0.5)
    np.testing.assert_array_equal(read_corner_normals(target.data), own)


def test_normals_that_are_not_to_follow_stay(scene, target, monkeypatch):
    bpy.ops.neural_shapes.transfer_normals()
    early = read_corner_normals(target.data)
    follow(scene, monkeypatch, 1.0)
    np.testing.assert_array_equal(read_corner_normals(target.data), early)


def test_normals_that_cannot_follow_stay_and_a_sentence_says_why(scene, target, monkeypatch):
    bpy.ops.neural_shapes.transfer_normals()
    early = read_corner_normals(target.data)
    target.neural_shapes_normals.follow = True
    target.neural_shapes_normals.normals.vertex_group = "Gone"
    follow(scene, monkeypatch, 1.0)
    np.testing.assert_array_equal(read_corner_normals(target.data), early)
    assert "no vertex group “Gone”" in normals_playback.problem(target)


def test_an_answer_for_a_target_that_is_edited_meanwhile_is_left_and_asked_for_again(
    scene, target, monkeypatch
):
    def ask_and_edit(target, holder):
        job = transfer_again(target, holder)
        bpy.ops.object.mode_set(mode="EDIT")
        return job

    transfer_again = normals_playback.transfer_again
    monkeypatch.setattr(normals_playback, "transfer_again", ask_and_edit)
    bpy.ops.neural_shapes.transfer_normals()
    early = read_corner_normals(target.data)
    target.neural_shapes_normals.follow = True
    follow(scene, monkeypatch, 1.0)
    monkeypatch.setattr(normals_playback, "transfer_again", transfer_again)
    bpy.ops.object.mode_set(mode="OBJECT")
    np.testing.assert_allclose(read_corner_normals(target.data), early, atol=1e-4)
    assert normals_playback.problem(target) == ""
    follow(scene, monkeypatch, 1.0)
    assert np.abs(read_corner_normals(target.data) - early).max() > 1e-3


def test_normals_whose_answer_failed_stay_and_a_sentence_says_why(scene, target, monkeypatch):
    def ask_and_edit(target, holder):
        job = transfer_again(target, holder)
        target.data.vertices[0].co.x += 0.1
        return job

    transfer_again = normals_playback.transfer_again
    monkeypatch.setattr(normals_playback, "transfer_again", ask_and_edit)
    bpy.ops.neural_shapes.transfer_normals()
    target.neural_shapes_normals.follow = True
    follow(scene, monkeypatch, 1.0)
    assert "edited meanwhile" in normals_playback.problem(target)
    assert not jobs.told
    monkeypatch.setattr(normals_playback, "transfer_again", transfer_again)
    bpy.ops.neural_shapes.transfer_normals()
    follow(scene, monkeypatch, 0.5)
    assert normals_playback.problem(target) == ""
