"""Every change is one step that undo takes back and redo brings again."""

import pytest
from neural_shapes.scene import neural_shape


@pytest.fixture
def undoable(trained):
    trained.ops.ed.undo_push(message="Start")
    return trained


def holder(bpy):
    return bpy.data.objects["Suzanne Neural"]


def test_an_extraction_is_undone_and_redone(undoable):
    before = len(holder(undoable).data.polygons)
    undoable.context.scene.neural_shapes.extraction.resolution = 16
    undoable.ops.neural_shapes.extract_surface()
    after = len(holder(undoable).data.polygons)
    assert after < before / 2
    undoable.ops.ed.undo()
    assert len(holder(undoable).data.polygons) == before
    undoable.ops.ed.redo()
    assert len(holder(undoable).data.polygons) == after


def test_a_resumed_training_is_undone_with_its_networks(undoable):
    uuid = neural_shape.shape_uuid(holder(undoable))
    undoable.context.scene.neural_shapes.training.seconds = 0.2
    undoable.ops.neural_shapes.resume()
    assert neural_shape.shape_uuid(holder(undoable)) != uuid
    undoable.ops.ed.undo()
    assert neural_shape.shape_uuid(holder(undoable)) == uuid
    assert neural_shape.read(holder(undoable)).provenance.recipe == "draft"
