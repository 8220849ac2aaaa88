"""Save, Load and Remove: a shape leaves the file, comes back, and can be taken off."""

import pytest
from neural_shapes.core import shape_file
from neural_shapes.scene import neural_shape
from neural_shapes.session import timer, worker


def test_a_saved_shape_is_loaded_as_a_new_object_with_its_surface(trained, tmp_path):
    path = tmp_path / "ape.safetensors"
    original = trained.context.object
    assert trained.ops.neural_shapes.save_shape(filepath=str(path)) == {"FINISHED"}
    assert trained.ops.neural_shapes.load_shape(filepath=str(path)) == {"FINISHED"}
    loaded = trained.context.object
    assert (loaded.name, loaded.select_get(), original.select_get()) == ("ape", True, False)
    assert shape_file.to_bytes(neural_shape.read(loaded)) == shape_file.to_bytes(neural_shape.read(original))
    assert len(loaded.data.polygons) == len(original.data.polygons)


def test_load_shows_the_files_of_both_suffixes(blender):
    chosen = blender.ops.neural_shapes.load_shape.get_rna_type().properties["filter_glob"].default
    assert chosen.split(";") == ["*.safetensors", "*.shape"]


def test_a_shape_can_be_loaded_without_a_worker_and_has_no_mesh_then(trained, tmp_path):
    path = tmp_path / "ape.safetensors"
    trained.ops.neural_shapes.save_shape(filepath=str(path))
    trained.context.preferences.addons["neural_shapes"].preferences.worker_python = str(tmp_path / "none")
    assert trained.ops.neural_shapes.load_shape(filepath=str(path)) == {"FINISHED"}
    assert neural_shape.has_shape(trained.context.object)
    assert not trained.context.object.data.polygons


@pytest.mark.parametrize("content", [None, b"", b"\x80\x04K\x01.", b"PK\x03\x04" + bytes(100)])
def test_a_file_that_is_no_shape_is_refused_in_one_sentence_and_adds_nothing(trained, tmp_path, content):
    path = tmp_path / "foreign.safetensors"
    if content is not None:
        path.write_bytes(content)
    before = list(trained.data.objects)
    with pytest.raises(RuntimeError) as caught:
        trained.ops.neural_shapes.load_shape(filepath=str(path))
    assert str(caught.value).strip().count("\n") == 0
    assert "foreign.safetensors" in str(caught.value)
    assert list(trained.data.objects) == before


def test_a_file_that_cannot_be_written_is_said_in_one_sentence(trained, tmp_path):
    with pytest.raises(RuntimeError, match="could not be written"):
        trained.ops.neural_shapes.save_shape(filepath=str(tmp_path / "none" / "shape.safetensors"))
    assert not list(tmp_path.iterdir())


def test_remove_frees_the_bytes_and_keeps_the_mesh(trained, tmp_path):
    holder = trained.context.object
    faces = len(holder.data.polygons)
    assert trained.ops.neural_shapes.remove_shape() == {"FINISHED"}
    assert not neural_shape.has_shape(holder)
    assert len(holder.data.polygons) == faces
    assert not trained.ops.neural_shapes.remove_shape.poll()


def test_remove_ends_the_preview_and_the_mesh_is_displayed_as_before(trained):
    holder = trained.context.object
    holder.display_type = "WIRE"
    trained.ops.neural_shapes.toggle_preview()
    assert holder.display_type == "BOUNDS"
    trained.ops.neural_shapes.remove_shape()
    assert (holder.display_type, holder.neural_shapes_preview.enabled) == ("WIRE", False)


def test_a_shape_that_is_being_worked_on_is_not_removed(trained, monkeypatch):
    monkeypatch.setattr(timer, "follow", lambda job: None)
    busy = trained.context.object
    trained.ops.object.duplicate()
    idle = trained.context.object
    trained.ops.object.select_all(action="DESELECT")
    busy.select_set(True)
    trained.ops.neural_shapes.resume()
    [job] = worker.jobs.active
    idle.select_set(True)
    assert trained.ops.neural_shapes.remove_shape() == {"FINISHED"}
    assert (neural_shape.has_shape(busy), neural_shape.has_shape(idle)) == (True, False)
    assert job.active
    with pytest.raises(RuntimeError, match="cancel that first"):
        trained.ops.neural_shapes.remove_shape()


def test_only_shapes_can_be_saved_resumed_extracted_and_removed(blender):
    blender.ops.mesh.primitive_cube_add()
    operators = blender.ops.neural_shapes
    for operator in (
        operators.save_shape,
        operators.resume,
        operators.extract_surface,
        operators.remove_shape,
    ):
        with pytest.raises(RuntimeError, match="carries a neural shape"):
            operator()
