"""What a map is baked for: Blender's own tangents, for any polygons, and a sentence where that cannot be."""

import bpy
import numpy as np
import pytest
from neural_shapes.core.mapping.tangents import triangle_tangents
from neural_shapes.scene.bake_target import BakeTargetError, read_bake_target
from neural_shapes.scene.target_mesh import read_triangles


def read(target, with_tangents: bool = True):
    return read_bake_target(target, bpy.context.evaluated_depsgraph_get(), with_tangents)[0]


@pytest.fixture
def suzanne(blender):
    """Unwrapped by Blender, mirrored UVs and seams included."""
    blender.ops.mesh.primitive_monkey_add()
    blender.context.object.data.shade_smooth()
    return blender.context.object


def triangulate(target) -> None:
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.mesh.quads_convert_to_tris()
    bpy.ops.object.mode_set(mode="OBJECT")


def test_tangents_are_those_that_blender_has_for_a_mesh_of_triangles(suzanne):
    triangulate(suzanne)
    mesh = suzanne.data
    mesh.calc_tangents(uvmap=mesh.uv_layers.active.name)
    tangents = np.array([(*loop.tangent, loop.bitangent_sign) for loop in mesh.loops])
    np.testing.assert_array_equal(read(suzanne).tangents, tangents[read_triangles(mesh)].astype(np.float32))


def test_the_tangents_of_the_shell_are_those_of_blender(suzanne):
    triangulate(suzanne)
    # Islands of their own, one of them mirrored: tangents must not be averaged over such seams.
    uvs = suzanne.data.uv_layers.active.uv
    for polygon in suzanne.data.polygons:
        for corner in polygon.loop_indices:
            if polygon.center.x > 0:
                uvs[corner].vector.x = 2 - uvs[corner].vector.x
    target = read(suzanne)
    own = triangle_tangents(target.positions, target.normals, target.uvs)
    first, second = (target.uvs[:, corner] - target.uvs[:, 0] for corner in (1, 2))
    has_texels = first[:, 0] * second[:, 1] != first[:, 1] * second[:, 0]
    assert has_texels.mean() > 0.99
    own, blenders = own[has_texels], target.tangents[has_texels]
    np.testing.assert_array_equal(own[..., 3], blenders[..., 3])
    agreement = np.einsum("tkx,tkx->tk", own[..., :3], blenders[..., :3])
    assert np.degrees(np.arccos(np.clip(agreement, -1, 1))).max() < 0.1


def test_ngons_have_tangents_and_the_file_is_left_as_it_was(suzanne):
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.mesh.dissolve_limited(angle_limit=0.3)
    bpy.ops.object.mode_set(mode="OBJECT")
    with pytest.raises(RuntimeError):
        suzanne.data.calc_tangents()
    target = read(suzanne)
    np.testing.assert_allclose(np.linalg.norm(target.tangents[..., :3], axis=2), 1, atol=1e-5)
    assert len(bpy.data.meshes) == 1


def test_modifiers_that_make_faces_are_applied(suzanne):
    before = len(read(suzanne).uvs)
    suzanne.modifiers.new("Subdivision", "SUBSURF")
    assert len(read(suzanne).uvs) > 3 * before


def test_what_cannot_be_baked_is_told_why(blender, suzanne):
    suzanne.hide_viewport = True
    suzanne.modifiers.new("Subdivision", "SUBSURF")
    blender.context.view_layer.update()
    with pytest.raises(BakeTargetError, match="hidden"):
        read(suzanne)
    suzanne.hide_viewport = False
    suzanne.modifiers.clear()
    suzanne.data.uv_layers.remove(suzanne.data.uv_layers.active)
    with pytest.raises(BakeTargetError, match="unwrap"):
        read(suzanne)
    blender.ops.object.camera_add()
    with pytest.raises(BakeTargetError, match="no mesh"):
        read(blender.context.object)
