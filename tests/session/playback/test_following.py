"""A morph's mesh follows its Time beside a Blender that goes on: nothing waits."""

import numpy as np
import pytest
from neural_shapes.session import following, playback, source_state, worker

# What an artist does not notice, of this process's own computing time.
CALLBACK_SECONDS = 0.050


def test_the_mesh_follows_the_frame_and_nothing_waits(window, playing, torus):
    window.context.scene.frame_set(6)
    seconds = playing.tick_until(playing.shows(torus, 0.5))
    assert playing.tube_radius(torus.data) == pytest.approx(playing.TUBE + playing.SWELLING / 2, abs=0.02)
    assert max(seconds) < CALLBACK_SECONDS


def test_a_frame_that_is_ready_is_shown_at_once(window, playing, torus):
    window.context.scene.frame_set(6)
    playing.tick_to_rest()
    window.context.scene.frame_set(7)
    assert playing.shows(torus, 0.6, playing.DRAFT)()
    window.context.scene.frame_set(6)
    assert playing.shows(torus, 0.5, playing.FULL)()


def test_while_the_time_changes_the_draft_is_shown_and_at_rest_the_finer_mesh(
    window, playing, torus, monkeypatch
):
    monkeypatch.setattr(following, "REST_SECONDS", playing.PATIENCE)
    window.context.scene.frame_set(6)
    playing.tick_until(playing.shows(torus, 0.5, playing.DRAFT))
    assert playback._tick() is not None
    monkeypatch.setattr(following, "REST_SECONDS", 0.0)
    playing.tick_until(playing.shows(torus, 0.5, playing.FULL))


def test_a_slider_a_driver_and_a_strip_are_followed(window, playing, torus):
    torus.animation_data_clear()
    window.context.view_layer.update()
    torus.neural_shapes.time = 0.25
    window.context.view_layer.update()
    playing.tick_until(playing.shows(torus, 0.25))
    driver = torus.driver_add("neural_shapes.time").driver
    driver.expression = "frame / 10"
    window.context.scene.frame_set(3)
    playing.tick_until(playing.shows(torus, 0.3))
    torus.animation_data_clear()
    playing.key(torus, 1, 0.0)
    playing.key(torus, 11, 1.0)
    data = torus.animation_data
    data.nla_tracks.new().strips.new("Morph", 1, data.action)
    data.action = None
    window.context.scene.frame_set(8)
    playing.tick_until(playing.shows(torus, 0.7))


def test_of_a_fast_change_the_newest_time_is_shown_and_one_question_is_open(
    window, playing, torus, monkeypatch
):
    asked, most_open = [], 0
    ask = worker.jobs.ask
    monkeypatch.setattr(
        worker.jobs, "ask", lambda *args, **kwargs: asked.append(args[3]["time"]) or ask(*args, **kwargs)
    )
    for frame in (2, 4, 9, 6, 3):
        window.context.scene.frame_set(frame)
        most_open = max(most_open, len(worker.jobs.active))
    assert most_open == 1
    playing.tick_until(playing.shows(torus, 0.2))
    assert asked[:2] == [pytest.approx(0.1), pytest.approx(0.2)]


def test_frames_ahead_are_made_ready_round_the_end(window, playing, torus):
    window.context.scene.frame_set(8)
    playing.tick_to_rest()
    assert sorted(playing.ready_times()) == pytest.approx(np.arange(11) / 10)


def test_sub_frames_out_of_order_are_harmless(window, playing, torus):
    for frame, subframe in ((5, 0.5), (5, 0.0), (6, 0.25), (5, 0.75)):
        window.context.scene.frame_set(frame, subframe=subframe)
    playing.tick_until(playing.shows(torus, 0.475))
    assert playing.tube_radius(torus.data) == pytest.approx(playing.TUBE + playing.SWELLING * 0.475, abs=0.02)


@pytest.mark.parametrize("mode", ["POSE", "EDIT", "SCULPT"])
def test_the_mesh_follows_whatever_mode_another_object_is_in(window, playing, torus, mode):
    if mode == "POSE":
        window.ops.object.armature_add()
    else:
        window.ops.mesh.primitive_cube_add()
    window.ops.object.mode_set(mode=mode)
    window.context.scene.frame_set(6)
    playing.tick_until(playing.shows(torus, 0.5))
    playing.tick_to_rest()
    assert window.context.object.mode == mode


def test_duplicates_follow_with_meshes_of_their_own(window, playing, torus):
    torus.data.materials.append(window.data.materials.new("Red"))
    other = torus.copy()
    other.data = torus.data.copy()
    other.data.materials[0] = window.data.materials.new("Blue")
    window.context.scene.collection.objects.link(other)
    window.context.view_layer.update()
    window.context.scene.frame_set(6)
    playing.tick_until(lambda: playing.shows(torus, 0.5)() and playing.shows(other, 0.5)())
    assert [holder.data.materials[0].name for holder in (torus, other)] == ["Red", "Blue"]


def test_materials_stay_where_they_are(window, playing, torus):
    # Above the ring's plane one material, below it another.
    window.ops.mesh.primitive_torus_add(major_radius=playing.RING, minor_radius=playing.TUBE)
    painter = window.context.object
    painted = painter.data
    for name in ("Below", "Above"):
        painted.materials.append(window.data.materials.new(name))
    for polygon in painted.polygons:
        polygon.material_index = int(polygon.center.z > 0)
    torus.data = painted
    window.data.objects.remove(painter)
    window.context.view_layer.update()
    for frame in (6, 11):
        window.context.scene.frame_set(frame)
        playing.tick_until(playing.shows(torus, (frame - 1) / 10))
    assert [material.name for material in torus.data.materials] == ["Below", "Above"]
    wrong = [p for p in torus.data.polygons if abs(p.center.z) > 0.1 and p.material_index != (p.center.z > 0)]
    assert len(torus.data.polygons) > 100
    assert not wrong


def test_the_neural_normals_are_on_the_mesh_unless_they_are_switched_off(window, playing, torus):
    window.context.scene.frame_set(6)
    playing.tick_until(playing.shows(torus, 0.5))
    mesh = torus.data
    positions = np.array([mesh.vertices[loop.vertex_index].co for loop in mesh.loops])
    radial = np.hypot(positions[:, 0], positions[:, 1])[:, None]
    true = positions - np.concatenate([positions[:, :2] / radial * playing.RING, 0 * radial], axis=1)
    true /= np.linalg.norm(true, axis=1, keepdims=True)
    plain = mesh.copy()
    plain.attributes.remove(plain.attributes["custom_normal"])
    normals = (np.array([corner.vector for corner in m.corner_normals]) for m in (mesh, plain))
    error, plain_error = (np.degrees(np.arccos(np.clip((n * true).sum(1), -1, 1))).mean() for n in normals)
    assert error < 0.2 * plain_error
    torus.neural_shapes_playback.neural_normals = False
    torus.update_tag()
    window.context.view_layer.update()
    playing.tick_until(lambda: playing.shown(torus).normals is False and playing.shows(torus, 0.5)())
    assert not torus.data.has_custom_normals


def test_following_does_not_make_a_source_look_edited(window, playing, torus, monkeypatch):
    monkeypatch.setattr(source_state, "QUIET_SECONDS", 0.0)
    compared, compare = [], source_state.compare
    monkeypatch.setattr(
        source_state, "compare", lambda *args: compared.append(args[0].name) or compare(*args)
    )
    window.ops.mesh.primitive_cube_add()
    torus.neural_shapes.source = "Cube"
    window.context.view_layer.update()
    while source_state._compare_changed() is not None:
        pass
    compared.clear()
    window.context.scene.frame_set(6)
    playing.tick_until(playing.shows(torus, 0.5))
    window.context.view_layer.update()
    while source_state._compare_changed() is not None:
        pass
    assert not compared
