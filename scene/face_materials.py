"""A source's materials on a surface made from it: each face takes the slot of the nearest source face."""

import bpy
import numpy as np

MATERIAL_INDEX = "material_index"


def copy_materials(source: bpy.types.Object, target: bpy.types.Mesh) -> None:
    """Give a mesh the source's material slots, and each of its faces the slot of the source's nearest face.

    The mesh is in the source's object space. While the view layer hides the source, the first slot is used.
    """
    for slot in source.material_slots:
        target.materials.append(slot.material)
    if len(source.material_slots) > 1:
        _write_indices(target, _nearest_indices(source, target))


def _nearest_indices(source: bpy.types.Object, target: bpy.types.Mesh) -> np.ndarray:
    """The slot of the source's nearest face for each face of the target (F,), found by geometry nodes."""
    nodes = _nearest_material_nodes(source)
    carrier = bpy.data.objects.new(nodes.name, target)
    carrier.modifiers.new(nodes.name, "NODES").node_group = nodes
    bpy.context.scene.collection.objects.link(carrier)
    evaluated = carrier.evaluated_get(bpy.context.evaluated_depsgraph_get())
    indices = np.zeros(len(target.polygons), dtype=np.int32)
    found = evaluated.data.attributes.get(MATERIAL_INDEX)
    if found is not None and len(found.data) == len(indices):
        found.data.foreach_get("value", indices)
    bpy.data.objects.remove(carrier)
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
