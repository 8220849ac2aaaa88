"""A morph's mesh follows its Time beside a Blender that goes on: nothing waits, nothing is saved or lost."""

import time
from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")
from neural_shapes.core import shape_file  # noqa: E402
from neural_shapes.core.errors import NeuralShapesError  # noqa: E402
from neural_shapes.scene import neural_shape  # noqa: E402
from neural_shapes.scene.moment_mesh import moment_of  # noqa: E402
from neural_shapes.session import extraction, following, playback, source_state, timer, worker  # noqa: E402

PATIENCE = 60.0
# What an artist does not notice, of this process's own computing time.
CALLBACK_SECONDS = 0.050
DRAFT, FULL = 8, 16
# The committed shape: a torus whose tube swells by SWELLING from time 0 to time 1.
RING, TUBE, SWELLING = 0.5, 0.2, 0.1


@pytest.fixture(scope="module")
def enabled():
    """Neural Shapes enabled once for all tests of this file, which then share one worker."""
    import addon_utils

    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon_utils.enable("neural_shapes", default_set=True)
    bpy.context.preferences.addons["neural_shapes"].preferences.low_priority = False
    yield
    addon_utils.disable("neural_shapes", default_set=True)


@pytest.fixture
def window(enabled, monkeypatch):
    """An empty file in a Blender with a window, as far as playback knows; tests call its timers."""
    monkeypatch.setattr(playback, "has_window", lambda: True)
    monkeypatch.setattr(following, "REST_SECONDS", 0.0)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    settings = bpy.context.scene.neural_shapes_playback
    settings.draft_resolution, settings.full_resolution = DRAFT, FULL
    return bpy


@pytest.fixture
def torus(window, root: Path):
    """An object that carries the morph, keyed from frame 1 to frame 11."""
    holder = window.data.objects.new("Torus", window.data.meshes.new("Torus"))
    neural_shape.store(holder, shape_file.load(root / "tests/viewport/shapes/space_time.safetensors"))
    window.context.scene.collection.objects.link(holder)
    window.context.scene.frame_end = 11
    key(holder, 1, 0.0)
    key(holder, 11, 1.0)
    window.context.scene.frame_set(1)
    tick_to_rest()
    return holder


def key(holder, frame: int, now: float) -> None:
    from neural_shapes.scene.time_curve import key_times

    key_times(holder, [(frame, now)], "LINEAR")


def tick_until(condition) -> list[float]:
    """Run the timers until something is true; returns the computing time of each call."""
    seconds, give_up = [], time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up, worker.log_path().read_text()[-2000:]
        time.sleep(0.01)
        started = time.thread_time()
        playback._tick()
        seconds.append(time.thread_time() - started)
    return seconds


def tick_to_rest() -> None:
    """Run the timers until nothing is wanted any more, and what was cancelled has ended too."""
    give_up = time.monotonic() + PATIENCE
    while playback._tick() is not None or timer._tick() is not None:
        assert time.monotonic() < give_up, worker.log_path().read_text()[-2000:]
        time.sleep(0.01)


def run_timers_to_rest() -> None:
    """What Blender's event loop does, until no timer is registered any more."""
    give_up, left = time.monotonic() + PATIENCE, True
    while left:
        assert time.monotonic() < give_up, worker.log_path().read_text()[-2000:]
        for module in (playback, timer):
            if bpy.app.timers.is_registered(module._tick) and module._tick() is None:
                bpy.app.timers.unregister(module._tick)
        left = any(bpy.app.timers.is_registered(module._tick) for module in (playback, timer))
        time.sleep(0.01)


def shown(holder):
    return moment_of(holder.data)


def shows(holder, now: float, resolution: int = FULL):
    """A condition: that the object's mesh is that of a time."""
    return lambda: shown(holder) is not None and shown(holder)[1:3] == (pytest.approx(now), resolution)


def tube_radius(mesh) -> float:
    positions = np.empty((len(mesh.vertices), 3), np.float32)
    mesh.vertices.foreach_get("co", positions.reshape(-1))
    return float(np.hypot(np.hypot(positions[:, 0], positions[:, 1]) - RING, positions[:, 2]).mean())


def ready_times() -> set[float]:
    return {key.moment.time for key in following.cache._entries}


def test_the_mesh_follows_the_frame_and_nothing_waits(window, torus):
    window.context.scene.frame_set(6)
    seconds = tick_until(shows(torus, 0.5))
    assert tube_radius(torus.data) == pytest.approx(TUBE + SWELLING / 2, abs=0.02)
    assert max(seconds) < CALLBACK_SECONDS


def test_a_frame_that_is_ready_is_shown_at_once(window, torus):
    window.context.scene.frame_set(6)
    tick_to_rest()
    window.context.scene.frame_set(7)
    assert shows(torus, 0.6, DRAFT)()
    window.context.scene.frame_set(6)
    assert shows(torus, 0.5, FULL)()


def test_while_the_time_changes_the_draft_is_shown_and_at_rest_the_finer_mesh(window, torus, monkeypatch):
    monkeypatch.setattr(following, "REST_SECONDS", PATIENCE)
    window.context.scene.frame_set(6)
    tick_until(shows(torus, 0.5, DRAFT))
    assert playback._tick() is not None
    monkeypatch.setattr(following, "REST_SECONDS", 0.0)
    tick_until(shows(torus, 0.5, FULL))


def test_a_slider_a_driver_and_a_strip_are_followed(window, torus):
    torus.animation_data_clear()
    window.context.view_layer.update()
    torus.neural_shapes.time = 0.25
    window.context.view_layer.update()
    tick_until(shows(torus, 0.25))
    driver = torus.driver_add("neural_shapes.time").driver
    driver.expression = "frame / 10"
    window.context.scene.frame_set(3)
    tick_until(shows(torus, 0.3))
    torus.animation_data_clear()
    key(torus, 1, 0.0)
    key(torus, 11, 1.0)
    data = torus.animation_data
    data.nla_tracks.new().strips.new("Morph", 1, data.action)
    data.action = None
    window.context.scene.frame_set(8)
    tick_until(shows(torus, 0.7))


def test_of_a_fast_change_the_newest_time_is_shown_and_one_question_is_open(window, torus, monkeypatch):
    asked, most_open = [], 0
    ask = worker.jobs.ask
    monkeypatch.setattr(
        worker.jobs, "ask", lambda *args, **kwargs: asked.append(args[3]["time"]) or ask(*args, **kwargs)
    )
    for frame in (2, 4, 9, 6, 3):
        window.context.scene.frame_set(frame)
        most_open = max(most_open, len(worker.jobs.active))
    assert most_open == 1
    tick_until(shows(torus, 0.2))
    assert asked[:2] == [pytest.approx(0.1), pytest.approx(0.2)]


def test_frames_ahead_are_made_ready_round_the_end(window, torus):
    window.context.scene.frame_set(8)
    tick_to_rest()
    assert sorted(ready_times()) == pytest.approx(np.arange(11) / 10)


def test_sub_frames_out_of_order_are_harmless(window, torus):
    for frame, subframe in ((5, 0.5), (5, 0.0), (6, 0.25), (5, 0.75)):
        window.context.scene.frame_set(frame, subframe=subframe)
    tick_until(shows(torus, 0.475))
    assert tube_radius(torus.data) == pytest.approx(TUBE + SWELLING * 0.475, abs=0.02)


def test_only_the_mesh_on_the_object_is_saved(window, torus, tmp_path):
    window.context.scene.frame_set(6)
    tick_to_rest()
    assert len(ready_times()) > 5
    window.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scrubbed.blend"))
    window.ops.wm.open_mainfile(filepath=str(tmp_path / "scrubbed.blend"))
    torus = window.data.objects["Torus"]
    assert list(window.data.meshes) == [torus.data]
    assert shows(torus, 0.5)()
    window.context.scene.frame_set(7)
    tick_until(shows(torus, 0.6))
    window.context.scene.frame_set(6)
    assert shows(torus, 0.5)()


def test_after_undo_and_redo_the_mesh_is_that_of_the_time_and_scrubbing_made_no_steps(window, torus):
    window.context.scene.frame_set(6)
    tick_to_rest()
    window.ops.ed.undo_push(message="Before")
    torus.location.x = 1
    window.ops.ed.undo_push(message="Move")
    for frame in (3, 9, 4):
        window.context.scene.frame_set(frame)
        tick_to_rest()
    for step, x in ((window.ops.ed.undo, 0), (window.ops.ed.redo, 1), (window.ops.ed.undo, 0)):
        step()
        playback._look_at_all()
        torus = window.data.objects["Torus"]
        assert torus.location.x == x
        now = torus.evaluated_get(window.context.evaluated_depsgraph_get()).neural_shapes.time
        tick_until(shows(torus, round(now, 4)))
        assert tube_radius(torus.data) == pytest.approx(TUBE + SWELLING * now, abs=0.02)
    window.context.scene.frame_set(9)
    tick_until(shows(torus, 0.8))


def test_undo_of_what_was_done_before_scrubbing_leaves_no_object_without_its_mesh(window, torus):
    """Blender keeps an object that two steps have alike, and frees meshes that the earlier one had not."""
    window.ops.mesh.primitive_cube_add()
    for x in range(4):
        window.data.objects["Cube"].location.x = x
        window.ops.ed.undo_push(message=str(x))
    undo, redo = window.ops.ed.undo, window.ops.ed.redo
    for number, step in enumerate((undo, undo, redo, undo, undo, redo, redo, redo)):
        window.context.scene.frame_set(2 + number)
        tick_to_rest()
        assert shown(window.data.objects["Torus"]) is not None
        step()
        assert window.data.objects["Torus"].data in list(window.data.meshes)
        playback._look_at_all()
        tick_to_rest()
    assert window.data.objects["Cube"].location.x == 3


def test_memory_is_bounded_and_the_mesh_on_the_object_stays(window, torus):
    window.context.scene.neural_shapes_playback.cache_megabytes = 0
    for frame in (2, 5, 8):
        window.context.scene.frame_set(frame)
        tick_until(shows(torus, (frame - 1) / 10))
        tick_to_rest()
    assert len(following.cache) == 0


def test_duplicates_follow_with_meshes_of_their_own(window, torus):
    torus.data.materials.append(window.data.materials.new("Red"))
    other = torus.copy()
    other.data = torus.data.copy()
    other.data.materials[0] = window.data.materials.new("Blue")
    window.context.scene.collection.objects.link(other)
    window.context.view_layer.update()
    window.context.scene.frame_set(6)
    tick_until(lambda: shows(torus, 0.5)() and shows(other, 0.5)())
    assert [holder.data.materials[0].name for holder in (torus, other)] == ["Red", "Blue"]


def test_a_mesh_that_objects_share_stays_and_a_sentence_says_what_to_do(window, torus):
    alike = torus.copy()
    window.context.scene.collection.objects.link(alike)
    window.context.scene.frame_set(9)
    tick_to_rest()
    assert shown(torus) is None
    assert "make it single-user" in playback.problem(torus)
    alike.data = torus.data.copy()
    window.context.view_layer.update()
    window.context.scene.frame_set(10)
    tick_until(lambda: shows(torus, 0.9)() and shows(alike, 0.9)())
    assert playback.problem(torus) == ""


def test_the_mesh_of_a_library_override_stays(window, torus, tmp_path):
    library = str(tmp_path / "library.blend")
    window.ops.wm.save_as_mainfile(filepath=library)
    window.ops.wm.read_homefile(use_empty=True)
    with window.data.libraries.load(library, link=True) as (_, wanted):
        wanted.objects = ["Torus"]
    window.context.scene.collection.objects.link(wanted.objects[0])
    override = wanted.objects[0].override_create(remap_local_usages=True)
    before = shown(override)
    window.context.scene.frame_set(9)
    tick_to_rest()
    assert shown(override) == before
    assert "linked from another file" in playback.problem(override)


def test_a_mesh_with_shape_keys_stays(window, torus):
    torus.data.vertices.add(1)
    torus.shape_key_add(name="Basis")
    window.context.scene.frame_set(9)
    tick_to_rest()
    assert shown(torus) is None
    assert "has shape keys" in playback.problem(torus)


def test_a_deleted_object_takes_its_frames_with_it(window, torus):
    window.context.scene.frame_set(6)
    tick_to_rest()
    window.data.objects.remove(torus)
    tick_to_rest()
    window.data.objects.new("Other", None)
    playback._look_at_all()
    assert len(following.cache) == 0


def test_materials_stay_where_they_are(window, torus):
    # Above the ring's plane one material, below it another.
    window.ops.mesh.primitive_torus_add(major_radius=RING, minor_radius=TUBE)
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
        tick_until(shows(torus, (frame - 1) / 10))
    assert [material.name for material in torus.data.materials] == ["Below", "Above"]
    wrong = [p for p in torus.data.polygons if abs(p.center.z) > 0.1 and p.material_index != (p.center.z > 0)]
    assert len(torus.data.polygons) > 100
    assert not wrong


def test_the_neural_normals_are_on_the_mesh_unless_they_are_switched_off(window, torus):
    window.context.scene.frame_set(6)
    tick_until(shows(torus, 0.5))
    mesh = torus.data
    positions = np.array([mesh.vertices[loop.vertex_index].co for loop in mesh.loops])
    radial = np.hypot(positions[:, 0], positions[:, 1])[:, None]
    true = positions - np.concatenate([positions[:, :2] / radial * RING, 0 * radial], axis=1)
    true /= np.linalg.norm(true, axis=1, keepdims=True)
    plain = mesh.copy()
    plain.attributes.remove(plain.attributes["custom_normal"])
    normals = (np.array([corner.vector for corner in m.corner_normals]) for m in (mesh, plain))
    error, plain_error = (np.degrees(np.arccos(np.clip((n * true).sum(1), -1, 1))).mean() for n in normals)
    assert error < 0.2 * plain_error
    torus.neural_shapes_playback.neural_normals = False
    torus.update_tag()
    window.context.view_layer.update()
    tick_until(lambda: shown(torus).normals is False and shows(torus, 0.5)())
    assert not torus.data.has_custom_normals


def test_a_mesh_that_the_artist_made_stays_until_the_time_changes(window, torus):
    window.context.scene.frame_set(6)
    tick_to_rest()
    torus.data = own = window.data.meshes.new("Extracted by hand")
    torus.location.x = 1
    window.context.view_layer.update()
    tick_to_rest()
    assert (torus.data, shown(torus)) == (own, None)
    window.context.scene.frame_set(7)
    assert shows(torus, 0.6, DRAFT)()


@pytest.mark.parametrize("mode", ["POSE", "EDIT", "SCULPT"])
def test_the_mesh_follows_whatever_mode_another_object_is_in(window, torus, mode):
    if mode == "POSE":
        window.ops.object.armature_add()
    else:
        window.ops.mesh.primitive_cube_add()
    window.ops.object.mode_set(mode=mode)
    window.context.scene.frame_set(6)
    tick_until(shows(torus, 0.5))
    tick_to_rest()
    assert window.context.object.mode == mode


def test_an_answer_for_an_object_that_is_edited_meanwhile_is_left(window, torus):
    before = shown(torus)
    window.context.scene.frame_set(6)
    window.context.view_layer.objects.active = torus
    window.ops.object.mode_set(mode="EDIT")
    while worker.jobs.active:
        worker.jobs.update()
        time.sleep(0.01)
    assert (shown(torus), worker.jobs.told) == (before, [])
    window.ops.object.mode_set(mode="OBJECT")
    window.context.scene.frame_set(7)
    window.context.scene.frame_set(8)
    tick_until(shows(torus, 0.7))


@pytest.mark.parametrize("how", ["switched off", "edited", "deleted", "closed"])
def test_a_question_that_nobody_waits_for_any_more_does_not_stay_active(window, torus, how):
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
    run_timers_to_rest()
    assert worker.jobs.idle


@pytest.mark.parametrize("is_switched_on_again", [False, True])
def test_an_answer_that_comes_after_follow_frame_was_switched_off_leaves_the_artists_own_mesh(
    window, torus, is_switched_on_again
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
    assert (shown(torus), len(torus.data.vertices)) == (None, 1)


def test_a_surface_of_a_time_that_has_passed_does_not_take_the_place_of_the_mesh_that_follows(
    window, torus, monkeypatch
):
    monkeypatch.setattr(extraction.timer, "follow", lambda job: None)
    for frame, is_late in ((6, True), (6, False)):
        job = extraction.extract(torus, window.context, resolution=FULL)
        window.context.scene.frame_set(frame)
        tick_until(shows(torus, 0.5))
        worker.jobs.run_to_end(job, lambda job: None)
        assert shows(torus, 0.5)() == is_late
    assert tube_radius(torus.data) == pytest.approx(TUBE + SWELLING / 2, abs=0.02)


@pytest.mark.parametrize("why", ["no window", "rendering", "switched off", "edited"])
def test_nothing_is_changed_where_nothing_may_be(window, torus, monkeypatch, why):
    before = (torus.data, shown(torus))
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
    assert (torus.data, shown(torus)) == before
    bpy.app.handlers.render_complete[-1](window.context.scene, None)


def test_without_a_worker_the_mesh_stays_and_a_sentence_says_what_to_do(window, torus, monkeypatch):
    def refuse() -> None:
        raise NeuralShapesError("There is no Python with torch; press Install.")

    before = (torus.data, shown(torus))
    worker.jobs.close()
    monkeypatch.setattr(worker.jobs, "_open_client", refuse)
    window.context.scene.frame_set(6)
    assert playback._tick() is None
    assert (torus.data, shown(torus)) == before
    assert "without the worker or a bake. There is no Python" in playback.problem(torus)


def test_an_error_ends_the_following_of_its_object_alone_with_a_sentence(window, torus, monkeypatch):
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
    tick_until(shows(torus, 0.8, DRAFT))


def test_following_does_not_make_a_source_look_edited(window, torus, monkeypatch):
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
    tick_until(shows(torus, 0.5))
    window.context.view_layer.update()
    while source_state._compare_changed() is not None:
        pass
    assert not compared
