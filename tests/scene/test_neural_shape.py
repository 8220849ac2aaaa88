"""A neural shape on an object lasts: saved, reloaded, copied, appended, linked and undone."""

import numpy as np
import pytest
from neural_shapes.core import shape_file
from neural_shapes.core.fields.nested import Level, NestedField
from neural_shapes.core.fields.siren import Siren
from neural_shapes.core.geometry.placement import Placement
from neural_shapes.core.neural_shape import NeuralShape, Provenance
from neural_shapes.scene import neural_shape


def some_shape(seed: int = 0) -> NeuralShape:
    random = np.random.default_rng(seed)
    weights = [random.normal(size=size).astype(np.float32) for size in ((8, 3), (8, 8), (1, 8))]
    biases = [random.normal(size=size).astype(np.float32) for size in (8, 8, 1)]
    network = Siren(tuple(weights), tuple(biases), first_omega=30.0, hidden_omega=30.0)
    return NeuralShape(NestedField((Level(network, 0.02),)), Placement(), Provenance(seed=seed))


@pytest.fixture
def holder(blender):
    blender.ops.mesh.primitive_cube_add()
    holder = blender.context.object
    neural_shape.store(holder, some_shape())
    return holder


def same(holder, shape: NeuralShape) -> bool:
    return shape_file.to_bytes(neural_shape.read(holder)) == shape_file.to_bytes(shape)


def test_a_stored_shape_is_read_back(holder):
    assert neural_shape.has_shape(holder)
    assert same(holder, some_shape())
    assert neural_shape.size(holder) == len(shape_file.to_bytes(some_shape()))


def test_a_shape_survives_save_and_reload(blender, holder, tmp_path):
    name, uuid = holder.name, neural_shape.shape_uuid(holder)
    blender.ops.wm.save_as_mainfile(filepath=str(tmp_path / "file.blend"))
    blender.ops.wm.read_factory_settings(use_empty=True)
    blender.ops.wm.open_mainfile(filepath=str(tmp_path / "file.blend"))
    assert same(blender.data.objects[name], some_shape())
    assert neural_shape.shape_uuid(blender.data.objects[name]) == uuid


def test_a_duplicate_keeps_its_shape_when_the_original_is_deleted(blender, holder):
    blender.ops.object.duplicate()
    duplicate = blender.context.object
    blender.data.objects.remove(holder)
    assert same(duplicate, some_shape())


@pytest.mark.parametrize("link", [False, True], ids=["append", "link"])
def test_a_shape_comes_along_with_its_object(blender, holder, tmp_path, link):
    name = holder.name
    blender.ops.wm.save_as_mainfile(filepath=str(tmp_path / "file.blend"))
    blender.ops.wm.read_homefile(use_empty=True)
    with blender.data.libraries.load(str(tmp_path / "file.blend"), link=link) as (_, wanted):
        wanted.objects = [name]
    assert same(blender.data.objects[name], some_shape())


def test_undo_brings_back_a_removed_shape(blender, holder):
    name = holder.name
    blender.ops.ed.undo_push(message="Trained")
    freed = neural_shape.remove(holder)
    blender.ops.ed.undo_push(message="Removed")
    assert freed == len(shape_file.to_bytes(some_shape()))
    assert not neural_shape.has_shape(blender.data.objects[name])
    blender.ops.ed.undo()
    assert same(blender.data.objects[name], some_shape())


def test_a_new_training_gets_a_new_uuid_and_its_own_bytes(holder):
    before = neural_shape.shape_uuid(holder)
    neural_shape.store(holder, some_shape(seed=1))
    assert neural_shape.shape_uuid(holder) != before
    assert same(holder, some_shape(seed=1))


@pytest.mark.parametrize(
    "group",
    [
        {"bytes": b"\x80\x04K\x01.", "uuid": "a"},
        {"bytes": shape_file.to_bytes(some_shape())[:-8], "uuid": "b"},
        {"bytes": "text", "uuid": "c"},
        {"uuid": "d"},
        {},
        "text",
    ],
)
def test_a_foreign_or_damaged_property_is_refused_and_nothing_else_happens(holder, group):
    holder[neural_shape.PROPERTY] = group
    with pytest.raises(shape_file.ShapeFileError):
        neural_shape.read(holder)
