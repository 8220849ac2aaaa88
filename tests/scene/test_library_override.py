"""A morph of a library is animated in an artist's file, by an override that keeps what is set there."""

import numpy as np
import pytest
from neural_shapes.core import shape_file
from neural_shapes.core.errors import NeuralShapesError
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.scene import neural_shape
from neural_shapes.scene.baked_nodes import BakedRange
from neural_shapes.scene.baked_object import Bake, play_bake
from neural_shapes.scene.shape_object import Origin, add_beside, add_loaded
from neural_shapes.scene.time_curve import key_times, time_at_frame
from neural_shapes.session.morphing import retrain_morph
from neural_shapes.session.training import resume

SET_ON_THE_OBJECT = {
    "neural_shapes.true_volume": True,
    "neural_shapes_playback.follow": False,
    "neural_shapes_playback.neural_normals": False,
    "neural_shapes_bake.resolution": 64,
    "neural_shapes_bake.scene_frames": False,
    "neural_shapes_bake.first": 5,
    "neural_shapes_bake.last": 15,
    "neural_shapes_bake.step": 5,
    "neural_shapes_bake.folder": "//frames",
    "neural_shapes_bake.carry": True,
    "neural_shapes_bake.is_shown": True,
    "neural_shapes_played_bake.is_bake": True,
    "neural_shapes_played_bake.first": 5,
    "neural_shapes_played_bake.last": 15,
    "neural_shapes_played_bake.step": 5,
}


@pytest.fixture
def library(blender, root, tmp_path) -> str:
    """A library with a morph in the collection Asset; the file at hand is empty."""
    path = str(tmp_path / "library.blend")
    holder = blender.data.objects.new("Morph", blender.data.meshes.new("Morph"))
    neural_shape.store(holder, shape_file.load(root / "tests/viewport/shapes/space_time.safetensors"))
    asset = blender.data.collections.new("Asset")
    blender.context.scene.collection.children.link(asset)
    asset.objects.link(holder)
    blender.ops.wm.save_as_mainfile(filepath=path)
    blender.ops.wm.read_homefile(use_empty=True)
    return path


@pytest.fixture
def override(blender, library):
    """An override of the library's morph, selected and active."""
    with blender.data.libraries.load(library, link=True) as (_, wanted):
        wanted.objects = ["Morph"]
    blender.context.scene.collection.objects.link(wanted.objects[0])
    made = wanted.objects[0].override_create(remap_local_usages=True)
    made.select_set(True)
    blender.context.view_layer.objects.active = made
    return made


@pytest.fixture
def override_in_collection(blender, library):
    """The same in an overridden collection, as an artist has it who overrides a whole asset."""
    with blender.data.libraries.load(library, link=True) as (_, wanted):
        wanted.collections = ["Asset"]
    blender.context.scene.collection.children.link(wanted.collections[0])
    wanted.collections[0].override_hierarchy_create(blender.context.scene, blender.context.view_layer)
    [made] = [found for found in blender.context.scene.objects if found.override_library]
    return made


def reopened(blender, tmp_path):
    """The override in the file as an artist opens it again."""
    shot = str(tmp_path / "shot.blend")
    blender.ops.wm.save_as_mainfile(filepath=shot)
    blender.ops.wm.open_mainfile(filepath=shot)
    (found,) = blender.context.scene.objects
    assert found.override_library
    return found


@pytest.mark.parametrize("path", SET_ON_THE_OBJECT)
def test_what_is_set_on_an_override_is_kept_in_the_file(blender, override, tmp_path, path):
    group, name = path.split(".")
    wanted = SET_ON_THE_OBJECT[path]
    assert getattr(getattr(override, group), name) != wanted
    setattr(getattr(override, group), name, wanted)
    assert getattr(getattr(reopened(blender, tmp_path), group), name) == wanted


def test_the_time_of_an_override_is_set_or_keyed(blender, override, tmp_path):
    override.neural_shapes.time = 0.25
    kept = reopened(blender, tmp_path)
    assert kept.neural_shapes.time == 0.25
    key_times(kept, [(1, 0.0), (11, 1.0)], "LINEAR")
    keyed = reopened(blender, tmp_path)
    blender.context.scene.frame_set(6)
    assert keyed.neural_shapes.time == pytest.approx(0.5)
    assert time_at_frame(keyed, 6) == pytest.approx(0.5)
    assert neural_shape.read(keyed).changes_over_time


def test_what_is_made_beside_an_override_is_in_this_files_own_collection(
    blender, override_in_collection, tmp_path
):
    scene, view_layer = blender.context.scene, blender.context.view_layer
    baked = play_bake(override_in_collection, Bake("//frames", BakedRange.within(1, 5, 1)), view_layer)
    shape = neural_shape.read(override_in_collection)
    surface = TriangleMesh(np.eye(3), np.array([[0, 1, 2]]))
    beside = add_beside(Origin.of(override_in_collection, scene), shape, surface)
    layers = view_layer.layer_collection.children
    view_layer.active_layer_collection = next(layer for layer in layers if layer.collection.override_library)
    loaded = add_loaded("Loaded", shape, view_layer)
    for made in (baked, beside, loaded):
        assert list(made.users_collection) == [scene.collection]


def test_the_networks_of_an_override_are_the_librarys(blender, override):
    override.data = blender.data.meshes.new("Local")
    assert not blender.ops.neural_shapes.remove_shape.poll()
    for change in (resume, retrain_morph):
        with pytest.raises(NeuralShapesError, match="shape of “Morph” is linked from another file"):
            change(override, blender.context)
