"""Out of date is found out by itself, in a quiet moment, and never by drawing."""

import pytest

bpy = pytest.importorskip("bpy")
from neural_shapes.session import source_state  # noqa: E402
from neural_shapes.session.source_state import SourceState  # noqa: E402


@pytest.fixture
def holder(trained, monkeypatch):
    monkeypatch.setattr(source_state, "QUIET_SECONDS", 0.0)
    holder = trained.data.objects["Suzanne Neural"]
    settle()
    return holder


def settle() -> None:
    """Run the timer as Blender's event loop would, until it wants to come no more."""
    while source_state._compare_changed() is not None:
        pass


def test_a_fresh_shape_is_up_to_date(holder):
    assert source_state.source_state(holder) is SourceState.CURRENT


def test_an_edited_source_makes_it_out_of_date_and_undo_makes_it_current(trained, holder):
    trained.ops.ed.undo_push(message="Before")
    source = trained.data.objects["Suzanne"]
    source.data.vertices[0].co.x += 0.01
    source.data.update()
    trained.context.view_layer.update()
    trained.ops.ed.undo_push(message="Edit")
    assert source_state.source_state(holder) is SourceState.CURRENT
    settle()
    assert source_state.source_state(holder) is SourceState.EDITED
    trained.ops.ed.undo()
    settle()
    assert source_state.source_state(trained.data.objects["Suzanne Neural"]) is SourceState.CURRENT


def test_a_modifier_makes_it_out_of_date(trained, holder):
    trained.data.objects["Suzanne"].modifiers.new("Subdivision", "SUBSURF")
    trained.context.view_layer.update()
    settle()
    assert source_state.source_state(holder) is SourceState.EDITED


def test_moving_the_source_does_not(trained, holder):
    trained.data.objects["Suzanne"].location.x = 3
    trained.context.view_layer.update()
    settle()
    assert source_state.source_state(holder) is SourceState.CURRENT


def test_a_source_that_is_hidden_counts_as_it_was_known(trained, holder):
    source = trained.data.objects["Suzanne"]
    source.modifiers.new("Subdivision", "SUBSURF")
    source.hide_viewport = True
    trained.context.view_layer.update()
    source_state.note_all_changed()
    settle()
    assert source_state.source_state(holder) is SourceState.CURRENT
    source.hide_viewport = False
    trained.context.view_layer.update()
    settle()
    assert source_state.source_state(holder) is SourceState.EDITED


def test_it_is_not_looked_at_in_edit_mode(trained, holder):
    source = trained.data.objects["Suzanne"]
    trained.context.view_layer.objects.active = source
    trained.ops.object.mode_set(mode="EDIT")
    trained.ops.transform.resize(value=(2, 1, 1))
    trained.context.view_layer.update()
    assert source_state._compare_changed() == source_state.QUIET_SECONDS
    trained.ops.object.mode_set(mode="OBJECT")
    settle()
    assert source_state.source_state(holder) is SourceState.EDITED


def test_a_file_that_was_edited_and_saved_is_known_when_it_is_opened(trained, holder, tmp_path):
    trained.data.objects["Suzanne"].data.vertices[0].co.x += 0.01
    trained.ops.wm.save_as_mainfile(filepath=str(tmp_path / "edited.blend"))
    trained.ops.wm.open_mainfile(filepath=str(tmp_path / "edited.blend"))
    settle()
    assert source_state.source_state(trained.data.objects["Suzanne Neural"]) is SourceState.EDITED


def test_it_is_not_looked_at_while_the_artist_is_busy(trained, holder, monkeypatch):
    monkeypatch.setattr(source_state, "QUIET_SECONDS", 1000.0)
    trained.data.objects["Suzanne"].data.vertices[0].co.x += 0.01
    trained.data.objects["Suzanne"].data.update()
    trained.context.view_layer.update()
    assert source_state._compare_changed() == 1000.0
    assert source_state.source_state(holder) is SourceState.CURRENT
