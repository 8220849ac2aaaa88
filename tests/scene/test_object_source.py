"""Points with normals are read as they are, whichever kind of object carries them."""

import numpy as np
import pytest
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.geometry.oriented_points import OrientedPoints
from neural_shapes.scene.object_mesh import ObjectMeshError
from neural_shapes.scene.object_source import object_source


@pytest.mark.parametrize("kind", ["MESH", "POINTCLOUD"])
def test_points_with_normals_are_a_source_and_without_them_none(blender, kind):
    points = np.random.default_rng(0).normal(size=(300, 3)).astype(np.float32)
    normals = points[::-1].copy()
    mesh = blender.data.meshes.new("Scan")
    mesh.from_pydata(points.tolist(), [], [])
    mesh.attributes.new("normal", "FLOAT_VECTOR", "POINT").data.foreach_set("vector", normals.ravel())
    scan = blender.data.objects.new("Scan", mesh)
    blender.context.collection.objects.link(scan)
    scan.select_set(True)
    blender.context.view_layer.objects.active = scan
    if kind == "POINTCLOUD":
        blender.ops.object.convert(target="POINTCLOUD")
    scan = blender.context.object
    assert scan.type == kind
    source = object_source(scan, blender.context.evaluated_depsgraph_get())
    assert isinstance(source, OrientedPoints)
    np.testing.assert_array_equal(source.points, points)
    np.testing.assert_array_equal(source.normals, normals)
    if kind == "MESH":
        blender.ops.object.mode_set(mode="EDIT")
        edited = object_source(scan, blender.context.evaluated_depsgraph_get())
        np.testing.assert_array_equal(edited.points, points)
        np.testing.assert_array_equal(edited.normals, normals)
        blender.ops.object.mode_set(mode="OBJECT")
    scan.data.attributes.remove(scan.data.attributes["normal"])
    with pytest.raises(ObjectMeshError, match=r"points without normals|no faces, only points"):
        object_source(scan, blender.context.evaluated_depsgraph_get())


def test_a_mesh_with_faces_is_a_mesh(blender):
    blender.ops.mesh.primitive_cube_add()
    source = object_source(blender.context.object, blender.context.evaluated_depsgraph_get())
    assert isinstance(source, TriangleMesh)
