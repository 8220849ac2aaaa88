"""Transfer Normals: a low-poly mesh is shaded with the shape's normals, and has its own back at a click."""

import bpy
import numpy as np
import pytest
from mathutils import Matrix
from neural_shapes.scene.custom_normals import has_transferred, masked_share
from neural_shapes.scene.target_mesh import read_corner_normals
from neural_shapes.session.worker import jobs

PLACES = {
    "same": Matrix.LocRotScale((3, -1, 2), Matrix.Rotation(0.7, 3, "X").to_quaternion(), (2, 2, 2)),
    "elsewhere": Matrix.Translation((1, 2, 3)) @ Matrix.Rotation(2, 4, "Y"),
    "mirrored": Matrix.LocRotScale((0, 1, 0), None, (-1, 1, 1)),
    "uneven": Matrix.LocRotScale((1, 1, 1), Matrix.Rotation(1, 3, "Z").to_quaternion(), (3, 0.5, -1)),
}
# A uv sphere of 12 x 8 faces cannot interpolate the ellipsoid's normals better than this.
DEGREES = 3.0


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["free", "deforming"])
def test_corners_get_the_shapes_normals_wherever_the_target_is(
    scene, corner_positions, degrees_between, place, kind
):
    target = scene.target(PLACES[place])
    true = scene.true_normals(target, corner_positions(target.data))
    assert degrees_between(read_corner_normals(target.data), true).mean() > 10
    scene.settings.normals.kind = kind
    assert bpy.ops.neural_shapes.transfer_normals() == {"FINISHED"}
    assert degrees_between(read_corner_normals(target.data), true).mean() < DEGREES
    assert masked_share(target.data) == 0


def test_restore_and_undo_bring_back_what_was_there(scene):
    target = scene.target()
    own = read_corner_normals(target.data)
    attributes = sorted(target.data.attributes.keys())
    bpy.ops.neural_shapes.transfer_normals()
    assert bpy.ops.neural_shapes.restore_normals() == {"FINISHED"}
    assert sorted(target.data.attributes.keys()) == attributes
    np.testing.assert_array_equal(read_corner_normals(target.data), own)
    bpy.ops.ed.undo_push(message="Restored")
    bpy.ops.neural_shapes.transfer_normals()
    bpy.ops.ed.undo()
    mesh = bpy.data.objects["Low"].data
    assert not has_transferred(mesh)
    np.testing.assert_array_equal(read_corner_normals(mesh), own)


def test_half_the_strength_goes_half_the_way_also_when_transferred_again(scene, degrees_between):
    target = scene.target()
    own = read_corner_normals(target.data)
    bpy.ops.neural_shapes.transfer_normals()
    whole = read_corner_normals(target.data)
    scene.settings.normals.strength = 0.5
    bpy.ops.neural_shapes.transfer_normals()
    halved = read_corner_normals(target.data)
    np.testing.assert_allclose(degrees_between(halved, own), degrees_between(halved, whole), atol=0.1)


def test_a_vertex_group_and_the_selection_limit_the_change(scene):
    target = scene.target()
    mesh, own = target.data, read_corner_normals(target.data)
    above = [vertex.index for vertex in mesh.vertices if vertex.co.x > 1]
    target.vertex_groups.new(name="Side").add(above, 1.0, "REPLACE")
    scene.settings.normals.vertex_group = "Side"
    bpy.ops.neural_shapes.transfer_normals()
    changed = np.abs(read_corner_normals(mesh) - own).max(axis=1) > 1e-6
    inside = np.isin([loop.vertex_index for loop in mesh.loops], above)
    assert changed[inside].mean() > 0.9
    assert not changed[~inside].any()
    scene.settings.normals.vertex_group = ""
    scene.settings.normals.selected_faces = True
    for polygon in mesh.polygons:
        polygon.select = polygon.index < 10
    bpy.ops.neural_shapes.transfer_normals()
    changed = np.abs(read_corner_normals(mesh) - own).max(axis=1) > 1e-6
    selected = np.repeat([polygon.select for polygon in mesh.polygons], [p.loop_total for p in mesh.polygons])
    assert changed[selected].mean() > 0.9
    assert not changed[~selected].any()


def test_normals_stay_apart_across_edges_marked_sharp_alone(scene):
    target = scene.target()
    mesh = target.data
    mesh.shade_smooth()
    vertex = max(mesh.vertices, key=lambda found: found.co.x).index
    around = [edge for edge in mesh.edges if vertex in edge.vertices]
    for edge in around:
        edge.use_edge_sharp = True

    def spread() -> float:
        corners = [loop.index for loop in mesh.loops if loop.vertex_index == vertex]
        return np.ptp(read_corner_normals(mesh)[corners], axis=0).max()

    bpy.ops.neural_shapes.transfer_normals()
    assert spread() > 0.02
    scene.settings.normals.keep_sharp_edges = False
    bpy.ops.neural_shapes.transfer_normals()
    assert spread() < 1e-6


def test_a_target_too_far_away_keeps_its_normals_and_says_so(scene):
    target = scene.target(offset=0.5)
    own = read_corner_normals(target.data)
    bpy.ops.neural_shapes.transfer_normals()
    np.testing.assert_allclose(read_corner_normals(target.data), own, atol=1e-6)
    assert masked_share(target.data) == 1
    # 1.6 of the scene are 0.2 of the domain: the shape's object has twice its size. The margin doubles it.
    scene.settings.mapping.distance = 1.6
    bpy.ops.neural_shapes.transfer_normals()
    assert masked_share(target.data) == 1
    scene.settings.mapping.distance = 10.0
    bpy.ops.neural_shapes.transfer_normals()
    assert masked_share(target.data) == 0
    assert np.abs(read_corner_normals(target.data) - own).max() > 0.01


def test_several_targets_are_served_at_once_and_a_shared_mesh_once(scene):
    first, second = scene.target(name="First"), scene.target(PLACES["mirrored"], name="Second")
    twin = second.copy()
    bpy.context.scene.collection.objects.link(twin)
    for target in (first, second, twin):
        target.select_set(True)
    assert bpy.ops.neural_shapes.transfer_normals() == {"FINISHED"}
    assert has_transferred(first.data)
    assert has_transferred(second.data)
    labels = {job.label for job in (jobs.of(str(t.session_uid)) for t in (first, second, twin)) if job}
    assert len(labels) == 2


def test_shape_keys_and_an_armature_are_no_hindrance(scene, corner_positions, degrees_between):
    target = scene.target()
    target.shape_key_add(name="Basis")
    key = target.shape_key_add(name="Key")
    for point in key.data:
        point.co.z += 5
    key.value = 1.0
    armature = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.scene.collection.objects.link(armature)
    target.modifiers.new("Armature", "ARMATURE").object = armature
    bpy.ops.neural_shapes.transfer_normals()
    true = scene.true_normals(target, corner_positions(target.data))
    assert degrees_between(read_corner_normals(target.data), true).mean() < DEGREES


def refused(operator, match: str) -> None:
    with pytest.raises(RuntimeError, match=match):
        operator()


def test_what_cannot_be_done_is_said_in_a_sentence(scene):
    transfer = bpy.ops.neural_shapes.transfer_normals
    target = scene.target()
    target.data.flip_normals()
    refused(transfer, "inwards")
    target.data.flip_normals()
    scene.settings.normals.vertex_group = "Nowhere"
    refused(transfer, "Nowhere")
    scene.settings.normals.vertex_group = ""
    target.scale.x = 0
    bpy.context.view_layer.update()
    refused(transfer, "scaled to zero")
    target.scale.x = 1
    for scale in (0.0, float("nan")):
        scene.holder.scale.x = scale
        bpy.context.view_layer.update()
        refused(transfer, "“Ellipsoid” is scaled to zero")
    scene.holder.scale = (1e-16,) * 3
    bpy.context.view_layer.update()
    refused(transfer, "^Error: (?!Python)")
    assert not has_transferred(target.data)
    target.select_set(False)
    refused(transfer, "Select the low-poly")
    scene.settings.mapping.detail = ""
    refused(transfer, "Choose a neural shape")


def test_a_deleted_shape_is_not_kept_for_its_detail(scene):
    scene.target()
    transfer = bpy.ops.neural_shapes.transfer_normals
    assert transfer.poll()
    with bpy.context.temp_override(selected_objects=[scene.holder]):
        bpy.ops.object.delete()
    assert bpy.data.objects.keys() == ["Low"]
    refused(transfer, "“Ellipsoid” is not in this file, deleted")


def test_a_high_poly_mesh_is_trained_on_first(scene):
    bpy.context.scene.neural_shapes.training.preset = "draft"
    bpy.context.scene.neural_shapes.training.seconds = 0.2
    bpy.context.scene.neural_shapes.extraction.resolution = 32
    bpy.ops.mesh.primitive_torus_add(major_segments=48, minor_segments=24)
    high = bpy.context.object
    bpy.ops.mesh.primitive_torus_add(major_segments=12, minor_segments=6)
    low = bpy.context.object
    scene.settings.mapping.detail = high.name
    scene.settings.mapping.distance = 1.0
    assert bpy.ops.neural_shapes.transfer_normals() == {"FINISHED"}
    assert has_transferred(low.data)
    shapes = [found for found in bpy.data.objects if found.neural_shapes.source == high.name]
    assert len(shapes) == 1
    bpy.ops.object.select_all(action="DESELECT")
    low.select_set(True)
    bpy.ops.neural_shapes.transfer_normals()
    assert [found for found in bpy.data.objects if found.neural_shapes.source == high.name] == shapes
