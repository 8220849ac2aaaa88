"""Of the meshes of other times nothing is saved, undone or left behind."""

import pytest
from neural_shapes.session import following, playback


def test_only_the_mesh_on_the_object_is_saved(window, playing, torus, tmp_path):
    window.context.scene.frame_set(6)
    playing.tick_to_rest()
    assert len(playing.ready_times()) > 5
    window.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scrubbed.blend"))
    window.ops.wm.open_mainfile(filepath=str(tmp_path / "scrubbed.blend"))
    torus = window.data.objects["Torus"]
    assert list(window.data.meshes) == [torus.data]
    assert playing.shows(torus, 0.5)()
    window.context.scene.frame_set(7)
    playing.tick_until(playing.shows(torus, 0.6))
    window.context.scene.frame_set(6)
    assert playing.shows(torus, 0.5)()


def test_after_undo_and_redo_the_mesh_is_that_of_the_time_and_scrubbing_made_no_steps(window, playing, torus):
    window.context.scene.frame_set(6)
    playing.tick_to_rest()
    window.ops.ed.undo_push(message="Before")
    torus.location.x = 1
    window.ops.ed.undo_push(message="Move")
    for frame in (3, 9, 4):
        window.context.scene.frame_set(frame)
        playing.tick_to_rest()
    for step, x in ((window.ops.ed.undo, 0), (window.ops.ed.redo, 1), (window.ops.ed.undo, 0)):
        step()
        playback._look_at_all()
        torus = window.data.objects["Torus"]
        assert torus.location.x == x
        now = torus.evaluated_get(window.context.evaluated_depsgraph_get()).neural_shapes.time
        playing.tick_until(playing.shows(torus, round(now, 4)))
        assert playing.tube_radius(torus.data) == pytest.approx(
            playing.TUBE + playing.SWELLING * now, abs=0.02
        )
    window.context.scene.frame_set(9)
    playing.tick_until(playing.shows(torus, 0.8))


def test_undo_of_what_was_done_before_scrubbing_leaves_no_object_without_its_mesh(window, playing, torus):
    """Blender keeps an object that two steps have alike, and frees meshes that the earlier one had not."""
    window.ops.mesh.primitive_cube_add()
    for x in range(4):
        window.data.objects["Cube"].location.x = x
        window.ops.ed.undo_push(message=str(x))
    undo, redo = window.ops.ed.undo, window.ops.ed.redo
    for number, step in enumerate((undo, undo, redo, undo, undo, redo, redo, redo)):
        window.context.scene.frame_set(2 + number)
        playing.tick_to_rest()
        assert playing.shown(window.data.objects["Torus"]) is not None
        step()
        assert window.data.objects["Torus"].data in list(window.data.meshes)
        playback._look_at_all()
        playing.tick_to_rest()
    assert window.data.objects["Cube"].location.x == 3


def test_memory_is_bounded_and_the_mesh_on_the_object_stays(window, playing, torus):
    window.context.scene.neural_shapes_playback.cache_megabytes = 0
    for frame in (2, 5, 8):
        window.context.scene.frame_set(frame)
        playing.tick_until(playing.shows(torus, (frame - 1) / 10))
        playing.tick_to_rest()
    assert len(following.cache) == 0


def test_a_deleted_object_takes_its_frames_with_it(window, playing, torus):
    window.context.scene.frame_set(6)
    playing.tick_to_rest()
    window.data.objects.remove(torus)
    playing.tick_to_rest()
    window.data.objects.new("Other", None)
    playback._look_at_all()
    assert len(following.cache) == 0
