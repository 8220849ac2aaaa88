"""A mesh that must not follow stays as it is, whatever comes late, and a sentence says why."""

import time

import bpy
import pytest
from neural_shapes.core.errors import NeuralShapesError
from neural_shapes.session import extraction, following, playback, worker


def test_a_mesh_that_objects_share_stays_and_a_sentence_says_what_to_do(window, playing, torus):
    alike = torus.copy()
    window.context.scene.collection.objects.link(alike)
    window.context.scene.frame_set(9)
    playing.tick_to_rest()
    assert playing.shown(torus) is None
    assert "make it single-user" in playback.problem(torus)
    alike.data = torus.data.copy()
    window.context.view_layer.update()
    window.context.scene.frame_set(10)
    playing.tick_until(lambda: playing.shows(torus, 0.9)() and playing.shows(alike, 0.9)())
    assert playback.problem(torus) == ""


def test_the_mesh_of_a_library_override_stays(window, playing, torus, tmp_path):
    library = str(tmp_path / "library.blend")
    window.ops.wm.save_as_mainfile(filepath=library)
    window.ops.wm.read_homefile(use_empty=True)
    with window.data.libraries.load(library, link=True) as (_, wanted):
        wanted.objects = ["Torus"]
    window.context.scene.collection.objects.link(wanted.objects[0])
    override = wanted.objects[0].override_create(remap_local_usages=True)
    before = playing.shown(override)
    window.context.scene.frame_set(9)
    playing.tick_to_rest()
    assert playing.shown(override) == before
    assert "linked from another file" in playback.problem(override)


def test_a_mesh_with_shape_keys_stays(window, playing, torus):
    torus.data.vertices.add(1)
    torus.shape_key_add(name="Basis")
    window.context.scene.frame_set(9)
    playing.tick_to_rest()
    assert playing.shown(torus) is None
    assert "has shape keys" in playback.problem(torus)


def test_a_mesh_that_the_artist_made_stays_until_the_time_changes(window, playing, torus):
    window.context.scene.frame_set(6)
    playing.tick_to_rest()
    torus.data = own = window.data.meshes.new("Extracted by hand")
    torus.location.x = 1
    window.context.view_layer.update()
    playing.tick_to_rest()
    assert (torus.data, playing.shown(torus)) == (own, None)
    window.context.scene.frame_set(7)
    assert playing.shows(torus, 0.6, playing.DRAFT)()


def test_an_answer_for_an_object_that_is_edited_meanwhile_is_left(window, playing, torus):
    before = playing.shown(torus)
    window.context.scene.frame_set(6)
    window.context.view_layer.objects.active = torus
    window.ops.object.mode_set(mode="EDIT")
    while worker.jobs.active:
        worker.jobs.update()
        time.sleep(0.01)
    assert (playing.shown(torus), worker.jobs.told) == (before, [])
    window.ops.object.mode_set(mode="OBJECT")
    window.context.scene.frame_set(7)
    window.context.scene.frame_set(8)
    playing.tick_until(playing.shows(torus, 0.7))


@pytest.mark.parametrize("how", ["switched off", "edited", "deleted", "closed"])
def test_a_question_that_nobody_waits_for_any_more_does_not_stay_active(window, playing, torus, how):
    window.context.scene.frame_set(6)
    assert worker.jobs.active
    if how == "switched off":
        torus.neural_shapes_playback.follow = False
    elif how == "edited":
        window.context.view_layer.objects.active = torus
        window.ops.object.mode_set(mode="EDIT")
    elif how == "deleted":
        window.data.objects.remove(torus)
    else:
        window.ops.wm.read_homefile(use_empty=True)
    playing.run_timers_to_rest()
    assert worker.jobs.idle


@pytest.mark.parametrize("is_switched_on_again", [False, True])
def test_an_answer_that_comes_after_follow_frame_was_switched_off_leaves_the_artists_own_mesh(
    window, playing, torus, is_switched_on_again
):
    window.context.scene.frame_set(6)
    torus.neural_shapes_playback.follow = False
    torus.data = window.data.meshes.new("Own")
    torus.data.vertices.add(1)
    if is_switched_on_again:
        window.context.view_layer.update()
        torus.neural_shapes_playback.follow = True
    while worker.jobs.active:
        worker.jobs.update()
        time.sleep(0.01)
    assert (playing.shown(torus), len(torus.data.vertices)) == (None, 1)


def test_a_surface_of_a_time_that_has_passed_does_not_take_the_place_of_the_mesh_that_follows(
    window, playing, torus, monkeypatch
):
    monkeypatch.setattr(extraction.timer, "follow", lambda job: None)
    for frame, is_late in ((6, True), (6, False)):
        job = extraction.extract(torus, window.context, resolution=playing.FULL)
        window.context.scene.frame_set(frame)
        playing.tick_until(playing.shows(torus, 0.5))
        worker.jobs.run_to_end(job, lambda job: None)
        assert playing.shows(torus, 0.5)() == is_late
    assert playing.tube_radius(torus.data) == pytest.approx(playing.TUBE + playing.SWELLING / 2, abs=0.02)


@pytest.mark.parametrize("why", ["no window", "rendering", "switched off", "edited"])
def test_nothing_is_changed_where_nothing_may_be(window, playing, torus, monkeypatch, why):
    before = (torus.data, playing.shown(torus))
    if why == "no window":
        monkeypatch.setattr(playback, "has_window", lambda: False)
    elif why == "rendering":
        bpy.app.handlers.render_init[-1](window.context.scene, None)
    elif why == "switched off":
        torus.neural_shapes_playback.follow = False
    else:
        window.context.view_layer.objects.active = torus
        window.ops.object.mode_set(mode="EDIT")
    window.context.scene.frame_set(6)
    for _ in range(5):
        playback._tick()
    assert not worker.jobs.active
    assert (torus.data, playing.shown(torus)) == before
    bpy.app.handlers.render_complete[-1](window.context.scene, None)


def test_without_a_worker_the_mesh_stays_and_a_sentence_says_what_to_do(window, playing, torus, monkeypatch):
    def refuse() -> None:
        raise NeuralShapesError("There is no Python with torch; press Install.")

    before = (torus.data, playing.shown(torus))
    worker.jobs.close()
    monkeypatch.setattr(worker.jobs, "_open_client", refuse)
    window.context.scene.frame_set(6)
    assert playback._tick() is None
    assert (torus.data, playing.shown(torus)) == before
    assert "without the worker or a bake. There is no Python" in playback.problem(torus)


def test_an_error_ends_the_following_of_its_object_alone_with_a_sentence(window, playing, torus, monkeypatch):
    def fail(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(following, "_wanted", fail)
    window.context.scene.frame_set(6)
    assert "RuntimeError: broken" in playback.problem(torus)
    monkeypatch.undo()
    monkeypatch.setattr(playback, "has_window", lambda: True)
    torus.neural_shapes_playback.follow = False
    window.context.scene.frame_set(7)
    torus.neural_shapes_playback.follow = True
    for frame in (8, 9):
        window.context.scene.frame_set(frame)
    assert playback.problem(torus) == ""
    playing.tick_until(playing.shows(torus, 0.8, playing.DRAFT))
