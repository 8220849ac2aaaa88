"""Whose a baked image is: each target has its own, whatever it is called, and another's is left alone."""

import bpy
import numpy as np
import pytest
from neural_shapes.core.mapping.attributes import Attribute
from neural_shapes.scene.map_images import baked_image

SIZE = 32


@pytest.fixture
def baking(scene):
    settings = scene.settings.baking
    settings.width = settings.height = SIZE
    return settings


def pixels(image) -> np.ndarray:
    result = np.empty(SIZE * SIZE * 4, np.float32)
    image.pixels.foreach_get(result)
    return result


def select(target) -> None:
    bpy.ops.object.select_all(action="DESELECT")
    target.select_set(True)


def shown_image(target):
    """The image of the one texture node in a target's material."""
    nodes = target.active_material.node_tree.nodes
    [texture] = [node for node in nodes if node.bl_idname == "ShaderNodeTexImage"]
    return texture.image


@pytest.mark.parametrize("is_saved", [False, True])
def test_a_renamed_target_keeps_its_map_when_another_gets_its_name(scene, baking, tmp_path, is_saved):
    baking.folder = str(tmp_path) if is_saved else ""
    stone = scene.target(name="Low")
    bpy.ops.neural_shapes.bake_map()
    image, before = shown_image(stone), pixels(shown_image(stone))
    stone.name = "Stone"
    low = scene.target(offset=0.1)
    low.data.shade_smooth()
    bpy.ops.neural_shapes.bake_map()
    assert shown_image(stone) == image
    assert shown_image(low) != image
    image.reload()
    np.testing.assert_array_equal(pixels(image), before)
    assert np.abs(pixels(shown_image(low)) - before).max() > 0.1
    assert not is_saved or len(list(tmp_path.iterdir())) == 2
    select(stone)
    bpy.ops.neural_shapes.bake_map()
    assert {shown_image(stone).name, shown_image(low).name} == set(bpy.data.images.keys())
    assert shown_image(stone).name == "Stone Normal"
    assert not is_saved or len(list(tmp_path.iterdir())) == 3


def test_a_duplicate_and_its_original_have_a_map_each_once_one_is_baked_anew(scene, baking):
    original = scene.target()
    bpy.ops.neural_shapes.bake_map()
    image = shown_image(original)
    bpy.ops.object.duplicate()
    twin = bpy.context.object
    assert twin.active_material == original.active_material
    bpy.ops.neural_shapes.bake_map()
    assert shown_image(original) == image
    assert shown_image(twin) != image
    for target in (original, twin):
        select(target)
        bpy.ops.neural_shapes.bake_map()
    assert sorted(bpy.data.images.keys()) == ["Low Normal", "Low.001 Normal"]
    assert (shown_image(original).name, shown_image(twin).name) == ("Low Normal", "Low.001 Normal")


def test_a_copy_of_a_map_that_was_painted_on_is_left_alone(scene, baking):
    target = scene.target()
    bpy.ops.neural_shapes.bake_map()
    painted = shown_image(target).copy()
    painted.name = "A Painting"
    for _ in range(2):
        bpy.ops.neural_shapes.bake_map()
        assert painted.name in bpy.data.images
    assert len(bpy.data.images) == 3


def test_a_second_map_takes_the_firsts_place_without_a_material_too(scene, baking):
    scene.target()
    baking.wire = False
    for attribute in ("normal", "cavity", "normal", "cavity"):
        baking.attribute = attribute
        bpy.ops.neural_shapes.bake_map()
    assert bpy.data.images.keys() == ["Low Cavity", "Low Normal"]


def test_the_map_of_a_linked_asset_is_left_alone(scene, baking, tmp_path):
    target = scene.target()
    bpy.ops.neural_shapes.bake_map()
    path = str(tmp_path / "library.blend")
    bpy.data.libraries.write(path, {target})
    bpy.data.objects.remove(target)
    bpy.data.images.remove(bpy.data.images["Low Normal"])
    with bpy.data.libraries.load(path, link=True) as (_, here):
        here.objects = ["Low"]
    [linked] = bpy.data.images
    bpy.context.scene.collection.objects.link(here.objects[0])
    local = scene.target()
    bpy.ops.neural_shapes.bake_map()
    assert shown_image(here.objects[0]) == linked
    assert shown_image(local) not in (linked, None)
    select(here.objects[0])
    baking.wire = False
    for _ in range(2):
        bpy.ops.neural_shapes.bake_map()
    assert len(bpy.data.images) == 3


def test_a_library_overrides_map_is_found_and_replaced_in_the_next_session(scene, baking, tmp_path):
    library, shot = str(tmp_path / "library.blend"), str(tmp_path / "shot.blend")
    target = scene.target()
    bpy.data.libraries.write(library, {target})
    bpy.data.objects.remove(target)
    with bpy.data.libraries.load(library, link=True) as (_, here):
        here.objects = ["Low"]
    bpy.context.scene.collection.objects.link(here.objects[0])
    override = here.objects[0].override_create(remap_local_usages=True)
    baking.wire = False
    select(override)
    bpy.ops.neural_shapes.bake_map()
    bpy.data.images["Low Normal"].use_fake_user = True
    bpy.ops.wm.save_as_mainfile(filepath=shot)
    bpy.ops.wm.open_mainfile(filepath=shot)
    [override] = [found for found in bpy.data.objects if found.override_library]
    assert baked_image(override, Attribute.NORMAL) == bpy.data.images["Low Normal"]
    select(override)
    bpy.ops.neural_shapes.bake_map()
    assert bpy.data.images.keys() == ["Low Normal"]


def test_an_override_whose_original_was_made_local_or_removed_has_a_map_as_any_object(
    scene, baking, tmp_path
):
    library = str(tmp_path / "library.blend")
    target = scene.target()
    bpy.data.libraries.write(library, {target})
    bpy.data.objects.remove(target)
    with bpy.data.libraries.load(library, link=True) as (_, here):
        here.objects = ["Low"]
    [original] = here.objects
    bpy.context.scene.collection.objects.link(original)
    override = original.override_create(remap_local_usages=True)
    original.make_local()
    for _ in range(2):
        assert baked_image(override, Attribute.NORMAL) is None
        other = scene.target(name="Other")
        bpy.ops.neural_shapes.bake_map()
        assert shown_image(other) is not None
        bpy.data.objects.remove(other)
        if original is not None:
            bpy.data.objects.remove(original)
            original = None


@pytest.mark.parametrize("bits", ["8", "32"])
def test_an_image_in_a_folder_beside_the_file_moves_with_it(scene, baking, tmp_path, bits):
    scene.target()
    baking.folder, baking.bits = "//textures/", bits
    with pytest.raises(RuntimeError, match="Save the file first"):
        bpy.ops.neural_shapes.bake_map()
    path = tmp_path / "first" / "scene.blend"
    (path.parent / "textures").mkdir(parents=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    for _ in range(2):
        assert bpy.ops.neural_shapes.bake_map() == {"FINISHED"}
    [saved] = (path.parent / "textures").iterdir()
    bpy.ops.wm.save_mainfile()
    moved = path.parent.rename(tmp_path / "second")
    bpy.ops.wm.open_mainfile(filepath=str(moved / path.name))
    image = shown_image(bpy.data.objects["Low"])
    assert image.filepath == f"//textures/{saved.name}"
    assert tuple(image.size) == (SIZE, SIZE)
