"""Custom normals: exact or deforming, sharp edges kept, and restored to the bit."""

import numpy as np
import pytest
from neural_shapes.scene.custom_normals import (
    TRANSFERRED_SHARP_EDGE,
    NormalsKind,
    apply_normals,
    has_transferred,
    original,
    restore_normals,
)
from neural_shapes.scene.target_mesh import (
    TargetMeshError,
    check_target,
    digest,
    read_corner_normals,
    read_corner_weights,
    read_sharp_edges,
    read_target,
)

KINDS = list(NormalsKind)
FIELDS = {"FLOAT_VECTOR": "vector", "FLOAT2": "vector", "FLOAT_COLOR": "color"}


def snapshot(mesh) -> dict[str, tuple]:
    """Every attribute of a mesh, to the bit."""
    result = {}
    for attribute in mesh.attributes:
        field = FIELDS.get(attribute.data_type, "value")
        width = 1
        if len(attribute.data):
            first = getattr(attribute.data[0], field)
            width = len(first) if hasattr(first, "__len__") else 1
        values = np.empty(len(attribute.data) * width, dtype=np.float32)
        attribute.data.foreach_get(field, values)
        result[attribute.name] = (attribute.domain, attribute.data_type, values.tobytes())
    return result


def degrees_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.degrees(np.arccos(np.clip(np.einsum("nx,nx->n", a, b), -1, 1)))


def tilted(mesh, amount: float = 0.3) -> np.ndarray:
    """Unit normals that differ at every corner."""
    own = read_corner_normals(mesh)
    normals = own + np.random.default_rng(0).normal(0, amount, own.shape)
    return (normals / np.linalg.norm(normals, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def sphere(blender):
    blender.ops.mesh.primitive_uv_sphere_add(segments=16, ring_count=8)
    return blender.context.object


def shade_flat(mesh) -> None:
    mesh.shade_flat()


def shade_smooth(mesh) -> None:
    mesh.shade_smooth()


def mark_sharp(mesh) -> None:
    mesh.shade_smooth()
    mesh.edges[3].use_edge_sharp = True


def give_deforming_normals(mesh) -> None:
    mesh.shade_smooth()
    mesh.normals_split_custom_set(tilted(mesh, 0.1).tolist())


def give_free_normals(mesh) -> None:
    normals = tilted(mesh, 0.1)
    attribute = mesh.attributes.new("custom_normal", "FLOAT_VECTOR", "CORNER")
    attribute.data.foreach_set("vector", normals.reshape(-1))


def give_vertex_normals(mesh) -> None:
    attribute = mesh.attributes.new("custom_normal", "FLOAT_VECTOR", "POINT")
    attribute.data.foreach_set("vector", np.tile([0, 0, 1], len(mesh.vertices)).astype(np.float32))


BEFORE = [
    shade_flat,
    shade_smooth,
    mark_sharp,
    give_deforming_normals,
    give_free_normals,
    give_vertex_normals,
]


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("kind", KINDS)
def test_restore_brings_every_attribute_back_to_the_bit(sphere, before, kind):
    mesh = sphere.data
    before(mesh)
    mesh.update()
    attributes, normals, properties = snapshot(mesh), read_corner_normals(mesh), list(mesh.keys())
    apply_normals(mesh, tilted(mesh), kind, 0.0)
    assert has_transferred(mesh)
    assert np.abs(read_corner_normals(mesh) - normals).max() > 0.1
    assert restore_normals(mesh)
    assert snapshot(mesh) == attributes
    np.testing.assert_array_equal(read_corner_normals(mesh), normals)
    assert list(mesh.keys()) == properties
    assert not restore_normals(mesh)


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_transfer_still_restores_the_first_state(sphere, kind):
    mesh = sphere.data
    give_deforming_normals(mesh)
    attributes = snapshot(mesh)
    for other in KINDS:
        apply_normals(mesh, tilted(mesh), other, 0.0)
    apply_normals(mesh, tilted(mesh), kind, 0.0)
    restore_normals(mesh)
    assert snapshot(mesh) == attributes


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("next_kind", KINDS)
@pytest.mark.parametrize("before", [shade_smooth, mark_sharp])
def test_edges_marked_and_cleared_since_a_transfer_stay_so(blender, sphere, before, kind, next_kind):
    mesh = sphere.data
    before(mesh)
    wanted = read_sharp_edges(mesh)
    apply_normals(mesh, tilted_below(mesh), kind, 0.0)
    marked = int(np.flatnonzero(~read_sharp_edges(mesh))[-1])
    select_edge(blender, mesh, marked)
    blender.ops.mesh.mark_sharp()
    select_edge(blender, mesh, 3)
    blender.ops.mesh.mark_sharp(clear=True)
    blender.ops.object.mode_set(mode="OBJECT")
    wanted[[marked, 3]] = True, False
    with original(mesh) as own:
        np.testing.assert_array_equal(read_target(own, keep_sharp_edges=True).sharp_edges, wanted)
    apply_normals(mesh, tilted_below(mesh), next_kind, 0.0)
    assert read_sharp_edges(mesh)[marked]
    restore_normals(mesh)
    np.testing.assert_array_equal(read_sharp_edges(mesh), wanted)
    assert not [name for name in snapshot(mesh) if "neural_shapes" in name]


def tilted_below(mesh) -> np.ndarray:
    """Normals that differ at the corners of the lower half, so that deforming ones mark its edges sharp."""
    below = [mesh.vertices[loop.vertex_index].co.z < 0 for loop in mesh.loops]
    return np.where(np.array(below)[:, None], tilted(mesh), read_corner_normals(mesh))


def select_edge(bpy, mesh, index: int) -> None:
    """In Edit Mode, one edge alone."""
    bpy.ops.object.mode_set(mode="OBJECT")
    for elements in (mesh.vertices, mesh.edges, mesh.polygons):
        elements.foreach_set("select", np.zeros(len(elements), dtype=bool))
    mesh.edges[index].select = True
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_mode(type="EDGE")


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("kind", KINDS)
def test_a_mesh_of_before_the_transfers_own_marks_were_kept_is_restored(sphere, before, kind):
    mesh = sphere.data
    before(mesh)
    attributes = snapshot(mesh)
    apply_normals(mesh, tilted(mesh), kind, 0.0)
    mesh.attributes.remove(mesh.attributes[TRANSFERRED_SHARP_EDGE])
    restore_normals(mesh)
    assert snapshot(mesh) == attributes


@pytest.mark.parametrize("before", [shade_flat, mark_sharp])
def test_what_a_joined_mesh_had_kept_is_not_restored(blender, sphere, before):
    own = sphere.data
    before(own)
    blender.ops.mesh.primitive_uv_sphere_add(segments=16, ring_count=8, location=(3, 0, 0))
    joined = blender.context.object
    give_free_normals(joined.data)
    joined.data.edges[7].use_edge_sharp = True
    apply_normals(joined.data, tilted(joined.data), NormalsKind.FREE, 0.0)
    sphere.select_set(True)
    blender.context.view_layer.objects.active = sphere
    blender.ops.object.join()
    together = read_corner_normals(own)
    sharp = read_sharp_edges(own)
    apply_normals(own, tilted(own), NormalsKind.FREE, 0.0)
    restore_normals(own)
    np.testing.assert_allclose(read_corner_normals(own), together, atol=1e-4)
    np.testing.assert_array_equal(read_sharp_edges(own), sharp)
    assert not [found for found in own.attributes if found.name.startswith(".neural_shapes")]


def test_free_normals_are_exact_on_smooth_and_flat_meshes(sphere):
    for shade in (shade_smooth, shade_flat):
        shade(sphere.data)
        wanted = tilted(sphere.data)
        apply_normals(sphere.data, wanted, NormalsKind.FREE, 0.0)
        np.testing.assert_allclose(read_corner_normals(sphere.data), wanted, atol=1e-6)


def test_deforming_normals_are_within_half_a_degree_and_turn_with_a_rig(blender, sphere):
    mesh = sphere.data
    mesh.shade_smooth()
    wanted = tilted(mesh)
    apply_normals(mesh, wanted, NormalsKind.DEFORMING, 0.0)
    assert degrees_between(read_corner_normals(mesh), wanted).max() < 0.6
    turned = quarter_turn_by_a_rig(blender, sphere)
    expected = wanted[:, [1, 0, 2]] * [-1, 1, 1]  # a quarter turn about z
    assert degrees_between(turned, expected).max() < 0.6
    restore_normals(mesh)
    apply_normals(mesh, wanted, NormalsKind.FREE, 0.0)
    stays = evaluated_normals(blender, sphere)
    assert degrees_between(stays, wanted).max() < 0.1


def quarter_turn_by_a_rig(bpy, target) -> np.ndarray:
    """The target's evaluated normals under an armature whose one bone turns it by 90 degrees about z."""
    armature = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    bone = armature.data.edit_bones.new("Bone")
    bone.head, bone.tail = (0, 0, 0), (0, 0, 1)
    bpy.ops.object.mode_set(mode="OBJECT")
    target.vertex_groups.new(name="Bone").add(range(len(target.data.vertices)), 1.0, "REPLACE")
    target.modifiers.new("Armature", "ARMATURE").object = armature
    armature.pose.bones["Bone"].rotation_mode = "XYZ"
    armature.pose.bones["Bone"].rotation_euler = (0, np.pi / 2, 0)  # along the bone, which points up
    return evaluated_normals(bpy, target)


def evaluated_normals(bpy, target) -> np.ndarray:
    bpy.context.view_layer.update()
    evaluated = target.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return read_corner_normals(evaluated.data)


def test_the_original_is_read_without_touching_the_mesh(sphere):
    mesh = sphere.data
    mark_sharp(mesh)
    own = read_corner_normals(mesh)
    apply_normals(mesh, tilted(mesh), NormalsKind.DEFORMING, 0.0)
    transferred = snapshot(mesh)
    with original(mesh) as before:
        target = read_target(before, keep_sharp_edges=True)
    np.testing.assert_array_equal(target.normals, own)
    assert np.flatnonzero(target.sharp_edges).tolist() == [3]
    assert snapshot(mesh) == transferred


def test_sharp_edges_are_read_only_on_request(sphere):
    mark_sharp(sphere.data)
    assert read_target(sphere.data, keep_sharp_edges=True).sharp_edges.sum() == 1
    assert read_target(sphere.data, keep_sharp_edges=False).sharp_edges.sum() == 0


def test_weights_are_those_of_the_vertex_group_and_the_selected_faces(sphere):
    mesh = sphere.data
    group = sphere.vertex_groups.new(name="Half")
    group.add([v.index for v in mesh.vertices if v.co.z > 0], 0.5, "REPLACE")
    for polygon in mesh.polygons:
        polygon.select = polygon.index % 2 == 0
    weights = read_corner_weights(sphere, "Half", selected_faces=True)
    for polygon in mesh.polygons:
        for corner in polygon.loop_indices:
            above = mesh.vertices[mesh.loops[corner].vertex_index].co.z > 0
            assert weights[corner] == (0.5 if above and polygon.index % 2 == 0 else 0)
    np.testing.assert_array_equal(read_corner_weights(sphere, "", selected_faces=False), 1)


def test_a_missing_group_and_a_missing_selection_are_named(blender, sphere):
    with pytest.raises(TargetMeshError, match="Nowhere"):
        read_corner_weights(sphere, "Nowhere", selected_faces=False)
    sphere.data.polygons.foreach_set("select", np.zeros(len(sphere.data.polygons), dtype=bool))
    with pytest.raises(TargetMeshError, match="selected faces"):
        read_corner_weights(sphere, "", selected_faces=True)


def test_what_cannot_take_normals_is_told_why(blender):
    blender.ops.object.camera_add()
    with pytest.raises(TargetMeshError, match="no mesh"):
        check_target(blender.context.object)
    mesh = blender.data.meshes.new("Points")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0)], [(0, 1)], [])
    with pytest.raises(TargetMeshError, match="no faces"):
        check_target(blender.data.objects.new("Points", mesh))
    mesh = blender.data.meshes.new("Broken")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (np.nan, 1, 0)], [], [(0, 1, 2)])
    with pytest.raises(TargetMeshError, match="finite"):
        check_target(blender.data.objects.new("Broken", mesh))


def test_a_linked_mesh_is_told_to_be_made_local(blender, sphere, tmp_path):
    path = str(tmp_path / "library.blend")
    blender.data.libraries.write(path, {sphere})
    with blender.data.libraries.load(path, link=True) as (there, here):
        here.objects = there.objects
    with pytest.raises(TargetMeshError, match="local"):
        check_target(here.objects[0])


def test_ngons_loose_vertices_and_shape_keys_are_read(blender):
    mesh = blender.data.meshes.new("Mixed")
    pentagon = [(np.cos(a), np.sin(a), 0) for a in np.linspace(0, 2 * np.pi, 5, endpoint=False)]
    mesh.from_pydata([*pentagon, (9, 9, 9)], [], [(0, 1, 2, 3, 4)])
    holder = blender.data.objects.new("Mixed", mesh)
    holder.shape_key_add(name="Basis")
    holder.shape_key_add(name="Key").data[0].co = (5, 5, 5)
    target = read_target(mesh, keep_sharp_edges=True)
    assert target.triangles.shape == (3, 3)
    assert sorted(set(target.triangles.ravel())) == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(target.positions[0], pentagon[0])
    apply_normals(mesh, np.tile(np.float32([0, 0.6, 0.8]), (5, 1)), NormalsKind.FREE, 0.0)
    np.testing.assert_allclose(read_corner_normals(mesh), np.tile([0, 0.6, 0.8], (5, 1)), atol=1e-6)


def test_an_edited_mesh_has_another_digest(sphere):
    before = digest(sphere.data)
    assert digest(sphere.data.copy()) == before
    apply_normals(sphere.data, tilted(sphere.data), NormalsKind.FREE, 0.0)
    assert digest(sphere.data) == before
    sphere.data.vertices[0].co.x += 0.1
    assert digest(sphere.data) != before


@pytest.mark.parametrize("kind", KINDS)
def test_transferred_normals_and_their_originals_survive_saving(blender, sphere, tmp_path, kind):
    mesh = sphere.data
    mark_sharp(mesh)
    attributes = snapshot(mesh)
    apply_normals(mesh, tilted(mesh), kind, 0.0)
    transferred = read_corner_normals(mesh)
    path = str(tmp_path / "saved.blend")
    blender.ops.wm.save_as_mainfile(filepath=path)
    blender.ops.wm.open_mainfile(filepath=path)
    mesh = blender.data.meshes[0]
    np.testing.assert_array_equal(read_corner_normals(mesh), transferred)
    restore_normals(mesh)
    assert snapshot(mesh) == attributes
