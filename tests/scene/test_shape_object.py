"""A trained shape arrives as a new object beside its source, which is not touched."""

import numpy as np
import pytest
from neural_shapes.core.fields.nested import Level, NestedField
from neural_shapes.core.fields.siren import Siren
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.geometry.placement import Placement
from neural_shapes.core.neural_shape import NeuralShape
from neural_shapes.scene import neural_shape
from neural_shapes.scene.object_mesh import triangle_mesh
from neural_shapes.scene.shape_object import Origin, add_beside, replace_surface

ZEROS = [np.zeros(size, dtype=np.float32) for size in ((8, 3), (1, 8), 8, 1)]
SHAPE = NeuralShape(
    NestedField((Level(Siren(tuple(ZEROS[:2]), tuple(ZEROS[2:]), 30, 30), 0.02),)), Placement()
)
QUARTER_TURN = ((0, -1, 0, 0), (1, 0, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1))


def add(bpy, source):
    surface = triangle_mesh(source, bpy.context.evaluated_depsgraph_get())
    return add_beside(Origin.of(source, bpy.context.scene), SHAPE, surface)


@pytest.fixture
def source(blender):
    blender.ops.mesh.primitive_cube_add(size=2, location=(1, 2, 3), rotation=(0.1, 0.2, 0.3))
    source = blender.context.object
    source.scale = (1, -2, 0.5)
    blender.context.view_layer.update()
    return source


def matrix_is_the_same(first, second) -> bool:
    return np.allclose(first.matrix_world, second.matrix_world, atol=1e-5)


def test_it_has_the_sources_transform_and_carries_the_shape(blender, source):
    holder = add(blender, source)
    blender.context.view_layer.update()
    assert matrix_is_the_same(holder, source)
    assert neural_shape.has_shape(holder)
    assert holder.neural_shapes.source == source.name


def test_it_follows_the_sources_parent(blender, source):
    blender.ops.object.empty_add(location=(5, 0, 0))
    parent = blender.context.object
    parent.scale = (1, 3, 1)
    source.parent = parent
    source.matrix_parent_inverse = QUARTER_TURN
    holder = add(blender, source)
    parent.rotation_euler = (0.5, 0.6, 0.7)
    blender.context.view_layer.update()
    assert matrix_is_the_same(holder, source)


def test_it_is_in_the_sources_collections(blender, source):
    elsewhere = blender.data.collections.new("Elsewhere")
    blender.context.scene.collection.children.link(elsewhere)
    elsewhere.objects.link(source)
    blender.context.scene.collection.objects.unlink(source)
    holder = add(blender, source)
    assert [collection.name for collection in holder.users_collection] == ["Elsewhere"]


def test_it_takes_the_place_of_a_source_that_is_selected(blender, source):
    blender.ops.object.empty_add()
    other = blender.context.object
    source.select_set(True)
    holder = add(blender, source)
    assert set(blender.context.selected_objects) == {other, holder}
    assert blender.context.object == other


def test_it_becomes_active_where_its_source_is(blender, source):
    holder = add(blender, source)
    assert (blender.context.object, blender.context.selected_objects) == (holder, [holder])


def test_whoever_selected_something_else_is_not_disturbed(blender, source):
    blender.ops.object.empty_add()
    other = blender.context.object
    add(blender, source)
    assert (blender.context.object, blender.context.selected_objects) == (other, [other])


def test_each_face_has_the_material_of_the_nearest_face_of_the_source(blender, source):
    for name in ("Sides", "Top"):
        source.data.materials.append(blender.data.materials.new(name))
    top = max(source.data.polygons, key=lambda polygon: polygon.center.z)
    top.material_index = 1
    holder = add(blender, source)
    assert [slot.material.name for slot in holder.material_slots] == ["Sides", "Top"]
    assert len(holder.data.polygons) == 12
    for polygon in holder.data.polygons:
        assert polygon.material_index == (1 if polygon.center.z > 0.9 else 0)
    assert not holder.modifiers
    assert not blender.data.node_groups


def test_a_new_surface_keeps_the_materials_and_modifiers_and_the_meshes_name(blender, source):
    for name in ("Sides", "Top"):
        source.data.materials.append(blender.data.materials.new(name))
    max(source.data.polygons, key=lambda polygon: polygon.center.z).material_index = 1
    holder = add(blender, source)
    holder.modifiers.new("Subdivision", "SUBSURF")
    name, meshes = holder.data.name, len(blender.data.meshes)
    surface = triangle_mesh(source, blender.context.evaluated_depsgraph_get())
    top_only = TriangleMesh(surface.vertices, surface.faces[surface.face_normals[:, 2] > 0.9])
    replace_surface(holder, top_only)
    assert (holder.data.name, len(blender.data.meshes), len(blender.data.objects)) == (name, meshes, 2)
    assert [slot.material.name for slot in holder.material_slots] == ["Sides", "Top"]
    assert [polygon.material_index for polygon in holder.data.polygons] == [1, 1]


def test_a_new_surface_keeps_the_materials_of_the_object_itself(blender, source):
    sides, top, own, other = (blender.data.materials.new(name) for name in ("Sides", "Top", "Own", "Other"))
    for material in (sides, top, None):
        source.data.materials.append(material)
    max(source.data.polygons, key=lambda polygon: polygon.center.z).material_index = 1
    holder = add(blender, source)
    for index, material in ((1, own), (2, other)):
        holder.material_slots[index].link = "OBJECT"
        holder.material_slots[index].material = material
    surface = triangle_mesh(source, blender.context.evaluated_depsgraph_get())
    replace_surface(holder, surface)
    slots = [(slot.link, slot.material) for slot in holder.material_slots]
    assert slots == [("DATA", sides), ("OBJECT", own), ("OBJECT", other)]
    assert list(holder.data.materials) == [sides, top, None]
    assert {polygon.material_index for polygon in holder.data.polygons} == {0, 1}


def test_a_mesh_that_another_object_shares_stays_when_one_gets_a_new_surface(blender, source):
    holder = add(blender, source)
    shared = holder.data
    duplicate = holder.copy()
    replace_surface(duplicate, TriangleMesh(np.eye(3), [[0, 1, 2]]))
    assert holder.data == shared
    assert len(shared.polygons) == 12
    assert len(duplicate.data.polygons) == 1


def test_it_arrives_where_the_source_was_when_that_is_gone(blender, source):
    surface = triangle_mesh(source, blender.context.evaluated_depsgraph_get())
    origin = Origin.of(source, blender.context.scene)
    matrix = source.matrix_world.copy()
    blender.data.objects.remove(source)
    holder = add_beside(origin, SHAPE, surface)
    blender.context.view_layer.update()
    assert np.allclose(holder.matrix_world, matrix, atol=1e-5)
    assert holder.users_collection == (blender.context.scene.collection,)


def test_the_source_is_not_touched(blender, source):
    before = {key: repr(getattr(source, key)) for key in ("name", "data", "location", "scale", "modifiers")}
    add(blender, source)
    assert before == {key: repr(getattr(source, key)) for key in before}
    assert not source.keys()
    assert source.neural_shapes.source == ""
