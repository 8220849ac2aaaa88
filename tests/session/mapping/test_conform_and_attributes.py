"""Conform moves vertices onto the shape; attributes of the shape come to the vertices."""

import bpy
import numpy as np
import pytest
from neural_shapes.scene import neural_shape
from neural_shapes.scene.target_mesh import read_positions


def values(scene, target) -> np.ndarray:
    """The shape's field at the target's vertices."""
    shape = neural_shape.read(scene.holder)
    to_shape = np.array(scene.holder.matrix_world.inverted() @ target.matrix_world)
    points = read_positions(target.data) @ to_shape[:3, :3].T + to_shape[:3, 3]
    return shape.field.value(shape.placement.to_domain(points))


def test_vertices_land_on_the_shape_as_far_as_their_group_says(scene):
    target = scene.target(offset=0.04)
    start = read_positions(target.data)
    upper = [vertex.index for vertex in target.data.vertices if vertex.co.z > 0]
    target.vertex_groups.new(name="Upper").add(upper, 1.0, "REPLACE")
    scene.settings.normals.vertex_group = "Upper"
    assert np.abs(values(scene, target)).min() > 0.02
    assert bpy.ops.neural_shapes.conform() == {"FINISHED"}
    assert np.abs(values(scene, target)[upper]).max() < 1e-4
    others = np.setdiff1d(np.arange(len(start)), upper)
    np.testing.assert_array_equal(read_positions(target.data)[others], start[others])


def test_shape_keys_are_refused_in_a_sentence(scene):
    target = scene.target(offset=0.04)
    target.shape_key_add(name="Basis")
    start = read_positions(target.data)
    with pytest.raises(RuntimeError, match="shape keys"):
        bpy.ops.neural_shapes.conform()
    np.testing.assert_array_equal(read_positions(target.data), start)


def test_a_displacement_attribute_moves_vertices_onto_the_shape(scene):
    target = scene.target(offset=0.04)
    target.data.shade_smooth()
    for _ in range(2):  # the second replaces the first
        assert bpy.ops.neural_shapes.map_attribute(attribute="displacement") == {"FINISHED"}
    attribute = target.data.attributes["neural_displacement"]
    assert (attribute.domain, attribute.data_type) == ("POINT", "FLOAT")
    ways = np.empty(len(target.data.vertices), np.float32)
    attribute.data.foreach_get("value", ways)
    normals = np.empty((len(ways), 3), np.float32)
    target.data.vertex_normals.foreach_get("vector", normals.reshape(-1))
    before = np.abs(values(scene, target)).max()
    moved = read_positions(target.data) + ways[:, None] * normals
    target.data.vertices.foreach_set("co", moved.reshape(-1))
    target.data.update()
    assert np.abs(values(scene, target)).max() < 1e-3 * before


def test_curvature_is_in_the_targets_unit(scene):
    target = scene.target()
    bpy.ops.neural_shapes.map_attribute(attribute="curvature")
    curvature = np.empty(len(target.data.vertices), np.float32)
    target.data.attributes["neural_curvature"].data.foreach_get("value", curvature)
    # Half axes of 0.6, 0.45 and 0.75 in the domain are four times as long in the target.
    pole = int(np.argmax(read_positions(target.data)[:, 2]))
    along_x, along_y = 0.75 / 0.6**2, 0.75 / 0.45**2
    assert curvature[pole] == pytest.approx((along_x + along_y) / 2 / 4, rel=0.02)
