"""A source's materials on a surface made from it: each face takes the slot of the nearest source face."""

import bpy
import numpy as np

MATERIAL_INDEX = "material_index"


def copy_materials(source: bpy.types.Object, target: bpy.types.Object) -> None:
    """Give the target's mesh the source's material slots, and each of its faces the nearest face's slot.

    The target lies where the source lies. While a view layer shows neither of both, the first slot is used.
    """
    for slot in source.material_slots:
        target.data.materials.append(slot.material)
    if len(source.material_slots) > 1:
        _write_indices(target.data, _nearest_indices(source, target))


def _nearest_indices(source: bpy.types.Object, target: bpy.types.Object) -> np.ndarray:
    """The slot of the source's nearest face for each face of the target, found by geometry nodes."""
    nodes = _nearest_material_nodes(source)
    modifier = target.modifiers.new(nodes.name, "NODES")
    modifier.node_group = nodes
    indices = np.zeros(len(target.data.polygons), dtype=np.int32)
    evaluated = target.evaluated_get(bpy.context.evaluated_depsgraph_get())
    found = evaluated.data.attributes.get(MATERIAL_INDEX)
    if found is not None and len(found.data) == len(indices):
        found.data.foreach_get("value", indices)
    target.modifiers.remove(modifier)
    bpy.data.node_groups.remove(nodes)
    return indices


def _write_indices(mesh: bpy.types.Mesh, indices: np.ndarray) -> None:
    if indices.any():
        attribute = mesh.attributes.new(MATERIAL_INDEX, "INT", "FACE")
        attribute.data.foreach_set("value", indices)


def _nearest_material_nodes(source: bpy.types.Object) -> bpy.types.GeometryNodeTree:
    """Nodes that set each face's material index to that of the source's nearest face, in object space."""
    tree = bpy.data.node_groups.new("Nearest Material", "GeometryNodeTree")
    tree.interface.new_socket("Geometry", in_out="INPUT", socket_type="NodeSocketGeometry")
    tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    source_object = tree.nodes.new("GeometryNodeObjectInfo")
    source_object.transform_space = "ORIGINAL"
    source_object.inputs["Object"].default_value = source
    nearest = tree.nodes.new("GeometryNodeSampleNearestSurface")
    nearest.data_type = "INT"
    set_index = tree.nodes.new("GeometryNodeSetMaterialIndex")
    material_index = tree.nodes.new("GeometryNodeInputMaterialIndex")
    for start, end in (
        (tree.nodes.new("NodeGroupInput").outputs["Geometry"], set_index.inputs["Geometry"]),
        (source_object.outputs["Geometry"], nearest.inputs["Mesh"]),
        (material_index.outputs["Material Index"], nearest.inputs["Value"]),
        (nearest.outputs["Value"], set_index.inputs["Material Index"]),
        (set_index.outputs["Geometry"], tree.nodes.new("NodeGroupOutput").inputs["Geometry"]),
    ):
        tree.links.new(start, end)
    return tree
