"""Triangle meshes become Blender meshes and come back the same."""

import numpy as np
import pytest
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.scene.object_mesh import triangle_mesh
from neural_shapes.scene.surface_mesh import new_mesh

TETRAHEDRON = TriangleMesh(
    [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]],
    [[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]],
)


def add(bpy, mesh):
    holder = bpy.data.objects.new("Holder", mesh)
    bpy.context.collection.objects.link(holder)
    return holder


def test_a_mesh_written_and_read_is_the_same(blender):
    holder = add(blender, new_mesh("Surface", TETRAHEDRON))
    back = triangle_mesh(holder, blender.context.evaluated_depsgraph_get())
    np.testing.assert_array_equal(back.vertices, TETRAHEDRON.vertices)
    np.testing.assert_array_equal(back.faces, TETRAHEDRON.faces)


def test_a_written_mesh_is_valid_and_smooth(blender):
    mesh = new_mesh("Surface", TETRAHEDRON)
    assert not mesh.validate(verbose=True)
    assert len(mesh.edges) == 6
    assert all(polygon.use_smooth for polygon in mesh.polygons)


def test_faces_of_missing_vertices_are_refused(blender):
    with pytest.raises(ValueError, match="does not exist"):
        new_mesh("Surface", TriangleMesh(TETRAHEDRON.vertices, [[0, 1, 4]]))
    assert not blender.data.meshes
