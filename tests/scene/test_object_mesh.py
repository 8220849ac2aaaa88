"""Objects become triangle meshes as Blender shows them, whatever kind of object they are."""

import numpy as np
import pytest
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.scene.object_mesh import ObjectMeshError, triangle_mesh


def read(bpy, source) -> TriangleMesh:
    return triangle_mesh(source, bpy.context.evaluated_depsgraph_get())


def cube(bpy, **options):
    bpy.ops.mesh.primitive_cube_add(**options)
    return bpy.context.object


def test_a_cube_is_read_in_its_own_space_with_outward_triangles(blender):
    source = cube(blender, size=2, location=(5, 6, 7), rotation=(0.3, 0.2, 0.1))
    source.scale = (1, 2, -3)
    mesh = read(blender, source)
    assert sorted(map(tuple, mesh.vertices)) == sorted(
        (x, y, z) for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)
    )
    assert mesh.faces.shape == (12, 3)
    assert mesh.volume == pytest.approx(8)


def test_modifiers_are_applied(blender):
    source = cube(blender, size=2)
    source.modifiers.new("Array", "ARRAY").count = 3
    assert read(blender, source).volume == pytest.approx(24)


def test_edit_mode_is_read_as_it_stands_and_not_left(blender):
    source = cube(blender, size=2)
    blender.ops.object.mode_set(mode="EDIT")
    blender.ops.transform.resize(value=(2, 1, 1))
    assert read(blender, source).volume == pytest.approx(16)
    assert source.mode == "EDIT"


def test_reading_in_edit_mode_changes_nothing(blender):
    """A viewport that reads while it draws would find a change at each redraw, and never settle."""
    source = cube(blender, size=2)
    blender.ops.object.mode_set(mode="EDIT")
    blender.context.view_layer.update()
    updates = []

    def note(_, depsgraph):
        updates.extend(depsgraph.updates)

    blender.app.handlers.depsgraph_update_post.append(note)
    read(blender, source)
    blender.context.view_layer.update()
    blender.app.handlers.depsgraph_update_post.remove(note)
    assert not updates


def test_a_curve_and_a_text_are_read_while_they_are_edited(blender):
    blender.ops.curve.primitive_bezier_circle_add()
    curve = blender.context.object
    curve.data.bevel_depth = 0.1
    blender.ops.object.mode_set(mode="EDIT")
    blender.ops.transform.resize(value=(2, 1, 1))
    assert np.ptp(read(blender, curve).vertices, axis=0)[0] == pytest.approx(4.2, abs=0.01)
    blender.ops.object.mode_set(mode="OBJECT")
    blender.ops.object.text_add()
    text = blender.context.object
    text.data.extrude = 0.1
    width = np.ptp(read(blender, text).vertices[:, 0])
    blender.ops.object.mode_set(mode="EDIT")
    blender.ops.font.text_insert(text="more")
    assert np.ptp(read(blender, text).vertices[:, 0]) > 1.5 * width


def test_a_posed_mesh_is_read_in_its_pose(blender):
    source = cube(blender, size=2)
    blender.ops.object.armature_add()
    armature = blender.context.object
    group = source.vertex_groups.new(name="Bone")
    group.add(range(8), 1.0, "REPLACE")
    source.modifiers.new("Armature", "ARMATURE").object = armature
    armature.pose.bones["Bone"].location = (0, 3, 0)
    blender.context.view_layer.update()
    # A bone points along its own y, which is the armature's z.
    assert read(blender, source).vertices[:, 2].min() == pytest.approx(2)


def test_a_bevelled_curve_a_text_and_a_metaball_have_surfaces(blender):
    blender.ops.curve.primitive_bezier_circle_add()
    blender.context.object.data.bevel_depth = 0.1
    blender.ops.object.text_add()
    blender.context.object.data.extrude = 0.1
    blender.ops.object.metaball_add(type="BALL")
    for source in blender.data.objects:
        assert len(read(blender, source).faces) > 100, source.type


def test_polygons_of_any_size_become_triangles(blender):
    blender.ops.mesh.primitive_cylinder_add(vertices=7, radius=1, depth=2)
    mesh = read(blender, blender.context.object)
    assert mesh.faces.shape == (2 * 5 + 2 * 7, 3)
    assert mesh.volume == pytest.approx(7 * np.sin(2 * np.pi / 7), rel=1e-6)


def test_what_has_no_surface_is_refused_in_one_sentence(blender):
    blender.ops.object.camera_add()
    blender.ops.curve.primitive_bezier_circle_add()
    blender.context.object.name = "Circle"
    blender.context.object.data.dimensions = "3D"
    empty = blender.data.objects.new("Nothing", blender.data.meshes.new("Nothing"))
    blender.context.collection.objects.link(empty)
    hidden = cube(blender)
    hidden.name = "Hidden"
    hidden.hide_viewport = True
    broken = cube(blender)
    broken.name = "Broken"
    broken.data.vertices[0].co.x = np.nan
    blender.context.view_layer.update()
    for name, reason in {
        "Camera": "of type camera",
        "Circle": "no faces",
        "Nothing": "empty",
        "Hidden": "hidden",
        "Broken": "finite",
    }.items():
        with pytest.raises(ObjectMeshError, match=reason) as caught:
            read(blender, blender.data.objects[name])
        assert str(caught.value).count("\n") == 0
