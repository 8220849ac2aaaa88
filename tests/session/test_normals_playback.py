"""Normals that follow a morph leave alone what is edited, restored or closed before the answer comes."""

import time

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")
from neural_shapes.core import shape_file  # noqa: E402
from neural_shapes.scene import neural_shape  # noqa: E402
from neural_shapes.scene.custom_normals import has_transferred  # noqa: E402
from neural_shapes.scene.target_mesh import read_corner_normals  # noqa: E402
from neural_shapes.session import normals_playback, playback, timer  # noqa: E402
from neural_shapes.session.worker import jobs  # noqa: E402

PATIENCE = 60.0


@pytest.fixture
def target(shared_blender, root, monkeypatch):
    """A torus whose normals are those of a morph at its time 0, and follow it."""
    monkeypatch.setattr(playback, "has_window", lambda: True)
    monkeypatch.setattr(normals_playback, "REST_SECONDS", 0.0)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    morph = bpy.data.objects.new("Morph", bpy.data.meshes.new("Morph"))
    neural_shape.store(morph, shape_file.load(root / "tests/viewport/shapes/space_time.safetensors"))
    morph.neural_shapes_playback.follow = False
    bpy.context.scene.collection.objects.link(morph)
    bpy.context.scene.neural_shapes_mapping.mapping.detail = morph.name
    bpy.ops.mesh.primitive_torus_add(major_radius=0.5, minor_radius=0.2)
    target = bpy.context.object
    bpy.ops.neural_shapes.transfer_normals()
    target.neural_shapes_normals.follow = True
    return target


def change_time(now: float) -> None:
    morph = bpy.data.objects["Morph"]
    morph.neural_shapes.time = now
    morph.update_tag()  # As the slider does; Python alone does not.
    bpy.context.view_layer.update()


def run_timers() -> bool:
    """What Blender's event loop does; returns whether any timer is left."""
    modules = (timer, normals_playback)
    for module in modules:
        if bpy.app.timers.is_registered(module._tick) and module._tick() is None:
            bpy.app.timers.unregister(module._tick)
    return any(bpy.app.timers.is_registered(module._tick) for module in modules)


def run_timers_to_rest() -> None:
    give_up = time.monotonic() + PATIENCE
    while run_timers():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def ask() -> None:
    """Change the morph's Time, and have the normals asked for."""
    change_time(1.0)
    while not jobs.active:
        run_timers()


def edit_an_object_of_the_same_mesh(target) -> None:
    other = target.copy()
    other.neural_shapes_normals.follow = False
    bpy.context.scene.collection.objects.link(other)
    bpy.context.view_layer.objects.active = other
    bpy.ops.object.mode_set(mode="EDIT")
    assert (target.mode, target.data.is_editmode) == ("OBJECT", True)


def test_an_answer_is_left_while_another_object_of_the_same_mesh_is_edited_and_asked_for_again(target):
    early = read_corner_normals(target.data)
    ask()
    edit_an_object_of_the_same_mesh(target)
    run_timers_to_rest()
    assert normals_playback.problem(target) == ""
    bpy.ops.object.mode_set(mode="OBJECT")
    np.testing.assert_allclose(read_corner_normals(target.data), early, atol=1e-4)
    bpy.context.view_layer.update()
    run_timers_to_rest()
    assert np.abs(read_corner_normals(target.data) - early).max() > 1e-3


def test_nothing_is_asked_while_another_object_of_the_same_mesh_is_edited(target):
    edit_an_object_of_the_same_mesh(target)
    change_time(1.0)
    run_timers_to_rest()
    assert normals_playback.problem(target) == ""
    assert target.neural_shapes_normals.time == 0.0


@pytest.mark.parametrize("how", ["restored", "switched off"])
def test_an_answer_that_is_not_wanted_any_more_changes_nothing(target, how):
    ask()
    if how == "restored":
        bpy.ops.neural_shapes.restore_normals()
    else:
        target.neural_shapes_normals.follow = False
    before = read_corner_normals(target.data)
    run_timers_to_rest()
    assert has_transferred(target.data) == (how == "switched off")
    np.testing.assert_array_equal(read_corner_normals(target.data), before)


def test_a_question_of_a_file_that_was_closed_does_not_stay_active(target):
    ask()
    bpy.ops.wm.read_homefile(use_empty=True)
    run_timers_to_rest()
    assert jobs.idle
