"""Resume: a neural shape goes on from what it has learned, also on a source that was edited."""

import pytest
from neural_shapes.scene import neural_shape
from neural_shapes.session.source_state import SourceState, compare


@pytest.fixture
def holder(trained):
    return trained.data.objects["Suzanne Neural"]


def test_a_shape_goes_on_where_it_was_and_keeps_its_object(trained, holder):
    before, uuid, mesh = neural_shape.read(holder), neural_shape.shape_uuid(holder), holder.data.name
    assert trained.ops.neural_shapes.resume() == {"FINISHED"}
    after = neural_shape.read(holder)
    assert neural_shape.shape_uuid(holder) != uuid
    assert after.measures["chamfer"] < before.measures["chamfer"]
    assert holder.data.name == mesh
    assert len(trained.data.objects) == 2


def test_an_edited_source_is_learned_from_what_was_known(trained, holder):
    source = trained.data.objects["Suzanne"]
    source.data.transform(((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1.2, 0), (0, 0, 0, 1)))
    source.data.update()
    depsgraph = trained.context.evaluated_depsgraph_get()
    assert compare(holder, depsgraph) is SourceState.EDITED
    assert trained.ops.neural_shapes.resume() == {"FINISHED"}
    assert compare(holder, depsgraph) is SourceState.CURRENT


def test_without_its_source_it_is_refused_in_one_sentence(trained, holder):
    trained.data.objects.remove(trained.data.objects["Suzanne"])
    uuid = neural_shape.shape_uuid(holder)
    with pytest.raises(RuntimeError, match="is not in this file; choose it"):
        trained.ops.neural_shapes.resume()
    assert neural_shape.shape_uuid(holder) == uuid


def test_a_source_that_was_renamed_can_be_chosen_again(trained, holder):
    trained.data.objects["Suzanne"].name = "Monkey"
    assert compare(holder, trained.context.evaluated_depsgraph_get()) is SourceState.MISSING
    holder.neural_shapes.source = "Monkey"
    assert compare(holder, trained.context.evaluated_depsgraph_get()) is SourceState.CURRENT
