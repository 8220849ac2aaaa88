"""Baked maps wired into a target's materials."""

from dataclasses import dataclass

import bpy

from ..core.mapping.attributes import Attribute
from ..core.mapping.bake import NormalSpace

PRINCIPLED = "ShaderNodeBsdfPrincipled"

# By its label a node is found again, and an artist sees where it came from.
LABEL = "Neural Shapes {}"

# Room for a node beside the next, in the node editor's units.
COLUMN_WIDTH = 300


@dataclass(frozen=True)
class WiredMap:
    """A baked image and what its colours mean: a displacement is (colour - midlevel) scale."""

    image: bpy.types.Image
    attribute: Attribute
    space: NormalSpace
    midlevel: float
    scale: float
    uv_map: str


def wire(target: bpy.types.Object, baked: WiredMap) -> None:
    """Use a baked image in every material of the target, or in a new one if it has none.

    A normal map goes to the Principled shaders' normals, a displacement map to the output; curvature and
    cavity maps are put beside them, for the artist to use. Nodes that an earlier call made are used again.
    A material that other meshes have too, or that is linked from another file, is copied for the target.
    """
    if not any(slot.material for slot in target.material_slots):
        _add_material(target)
    for slot in target.material_slots:
        if slot.material and not _is_its_own(slot.material, target):
            _replace_material(target, slot.material, slot.material.copy())
    for material in {slot.material for slot in target.material_slots if slot.material}:
        _wire_material(material, baked)


def _is_its_own(material: bpy.types.Material, target: bpy.types.Object) -> bool:
    others = (found for found in bpy.data.objects if found.data != target.data)
    return material.is_editable and not any(
        slot.material == material for other in others for slot in other.material_slots
    )


def _replace_material(
    target: bpy.types.Object, material: bpy.types.Material, replacement: bpy.types.Material
) -> None:
    for slot in target.material_slots:
        if slot.material == material:
            slot.material = replacement


def _add_material(target: bpy.types.Object) -> None:
    material = bpy.data.materials.new(target.name)
    if target.material_slots:
        target.material_slots[0].material = material
    else:
        target.data.materials.append(material)


def _wire_material(material: bpy.types.Material, baked: WiredMap) -> None:
    if material.node_tree is None:
        material.use_nodes = True
    tree, name = material.node_tree, baked.attribute
    output = tree.get_output_node("ALL") or tree.nodes.new("ShaderNodeOutputMaterial")
    texture = _node(tree, "ShaderNodeTexImage", name, output, -4)
    texture.image = baked.image
    coordinates = _node(tree, "ShaderNodeUVMap", name, output, -5)
    coordinates.uv_map = baked.uv_map
    tree.links.new(coordinates.outputs["UV"], texture.inputs["Vector"])
    if baked.attribute is Attribute.NORMAL:
        normal_map = _node(tree, "ShaderNodeNormalMap", name, output, -3)
        normal_map.space, normal_map.uv_map = baked.space.upper(), baked.uv_map
        tree.links.new(texture.outputs["Color"], normal_map.inputs["Color"])
        for shader in [node for node in tree.nodes if node.bl_idname == PRINCIPLED]:
            tree.links.new(normal_map.outputs["Normal"], shader.inputs["Normal"])
    elif baked.attribute is Attribute.DISPLACEMENT:
        displacement = _node(tree, "ShaderNodeDisplacement", name, output, -1)
        displacement.inputs["Midlevel"].default_value = baked.midlevel
        displacement.inputs["Scale"].default_value = baked.scale
        tree.links.new(texture.outputs["Color"], displacement.inputs["Height"])
        tree.links.new(displacement.outputs["Displacement"], output.inputs["Displacement"])


def _node(
    tree: bpy.types.NodeTree, kind: str, attribute: Attribute, output: bpy.types.Node, columns: int
) -> bpy.types.Node:
    """The node of a kind for an attribute's map, made where it is not there yet."""
    label = LABEL.format(attribute)
    for node in tree.nodes:
        if node.bl_idname == kind and node.label == label:
            return node
    node = tree.nodes.new(kind)
    node.label = label
    node.location = (output.location.x + columns * COLUMN_WIDTH, output.location.y - COLUMN_WIDTH)
    return node
