"""A morph of a library is animated in an artist's file, by an override that keeps what is set there."""

import pytest
from neural_shapes.core import shape_file
from neural_shapes.scene import neural_shape
from neural_shapes.scene.time_curve import key_times, time_at_frame

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
}


@pytest.fixture
def override(blender, root, tmp_path):
    """An override of a morph that lies in a library, in a file that is saved as shot.blend."""
    library = str(tmp_path / "library.blend")
    holder = blender.data.objects.new("Morph", blender.data.meshes.new("Morph"))
    neural_shape.store(holder, shape_file.load(root / "tests/viewport/shapes/space_time.safetensors"))
    blender.context.scene.collection.objects.link(holder)
    blender.ops.wm.save_as_mainfile(filepath=library)
    blender.ops.wm.read_homefile(use_empty=True)
    with blender.data.libraries.load(library, link=True) as (_, wanted):
        wanted.objects = ["Morph"]
    blender.context.scene.collection.objects.link(wanted.objects[0])
    return wanted.objects[0].override_create(remap_local_usages=True)


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
