"""A shape that changes over time gives the normals of the time that its object is at."""

import bpy
import numpy as np
from neural_shapes.core import shape_file
from neural_shapes.scene import neural_shape
from neural_shapes.scene.custom_normals import masked_share
from neural_shapes.scene.target_mesh import read_corner_normals

# The tube of the torus swells by 0.1 from a radius of 0.2.
DISTANCE = 0.04


def test_normals_are_those_of_the_objects_time(scene, root):
    morph = shape_file.load(root / "tests/viewport/shapes/space_time.safetensors")
    neural_shape.store(scene.holder, morph)
    scene.holder.matrix_world.identity()
    bpy.context.view_layer.update()
    bpy.ops.object.select_all(action="DESELECT")
    bpy.ops.mesh.primitive_torus_add(major_radius=0.5, minor_radius=0.2)
    target = bpy.context.object
    target.scale = np.full(3, 1 / morph.placement.scale)
    target.location = morph.placement.centre
    bpy.context.view_layer.update()
    scene.settings.mapping.distance = DISTANCE / morph.placement.scale / 2
    own = read_corner_normals(target.data)
    bpy.ops.neural_shapes.transfer_normals()
    assert masked_share(target.data) < 0.05
    assert np.abs(read_corner_normals(target.data) - own).max() > 1e-3
    scene.holder.neural_shapes.time = 1.0
    bpy.ops.neural_shapes.transfer_normals()
    assert masked_share(target.data) > 0.9
