"""Geometry nodes that play a bake: the scene's frame picks a file, and between frames points go on moving.

They are Blender's own nodes alone, so that a bake plays without the worker, without handlers and without
Neural Shapes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import bpy

from ..core.frames.frame_files import FRAME_NAME
from ..core.frames.mesh_frame import MATERIAL, NORMAL, VELOCITY

# What Blender's reader of PLY files makes of colours and texture coordinates.
READ_COLOURS, READ_UVS = "Col", "UVMap"
# The attribute by which Cycles blurs meshes whose topology changes, in units per second.
VELOCITY_ATTRIBUTE = "velocity"
# A frame is within the range when it is the same as after clamping, up to the rounding of large numbers.
FRAME_ERROR = 0.01
NODE_SPACING = 180.0


@dataclass(frozen=True)
class BakedRange:
    """The frames of a bake: every ``step``-th one from ``first`` to ``last``, which is one of them."""

    first: int
    last: int
    step: int = 1

    @classmethod
    def within(cls, first: int, last: int, step: int) -> "BakedRange":
        """Every ``step``-th frame from ``first`` on, up to ``last``."""
        return cls(first, first + (last - first) // step * step, step)

    @property
    def frames(self) -> range:
        """The frames that have a file."""
        return range(self.first, self.last + 1, self.step)


def playback_nodes(
    name: str,
    folder: str,
    baked: BakedRange,
    materials: Sequence[bpy.types.Material | None],
    colours: str = "",
    uvs: str = "",
) -> bpy.types.GeometryNodeTree:
    """A node tree that gives the mesh of the scene's frame.

    ``folder`` may be relative to the .blend (//). ``materials`` are those that the files' faces name by
    number, as inputs, so that they can be exchanged; ``colours`` and ``uvs`` are what carried attributes are
    to be called.
    """
    nodes = _Nodes(bpy.data.node_groups.new(name, "GeometryNodeTree"))
    nodes.tree.is_modifier = True
    nodes.tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    frame = nodes.new("GeometryNodeInputSceneTime").outputs["Frame"]
    exact, nearest = _frames(nodes, frame, baked)
    mesh = _with_normals(nodes, _file(nodes, folder, nearest))
    is_baked = nodes.maths("COMPARE", frame, exact, FRAME_ERROR)
    mesh = _moving(nodes, mesh, nodes.maths("SUBTRACT", exact, nearest), is_baked)
    for read, wanted, data_type, domain in (
        (READ_COLOURS, colours, "FLOAT_COLOR", "POINT"),
        (READ_UVS, uvs, "FLOAT2", "CORNER"),
    ):
        if wanted and wanted != read:
            mesh = _copied(nodes, mesh, read, wanted, data_type, domain)
    if materials:
        mesh = _with_materials(nodes, mesh, materials)
    nodes.link(mesh, nodes.new("NodeGroupOutput").inputs["Geometry"])
    return nodes.tree


class _Nodes:
    """A node tree in the making, its nodes placed from left to right."""

    def __init__(self, tree: bpy.types.GeometryNodeTree) -> None:
        self.tree = tree

    def new(self, kind: str, **settings: object) -> bpy.types.Node:
        node = self.tree.nodes.new(kind)
        for name, value in settings.items():
            setattr(node, name, value)
        node.location.x = NODE_SPACING * len(self.tree.nodes)
        return node

    def link(self, start: bpy.types.NodeSocket, end: bpy.types.NodeSocket) -> None:
        self.tree.links.new(start, end)

    def give(self, socket: bpy.types.NodeSocket, value: object) -> None:
        """Link an output to an input, or set a constant."""
        if isinstance(value, bpy.types.NodeSocket):
            self.link(value, socket)
        else:
            socket.default_value = value

    def maths(self, operation: str, *values: object) -> bpy.types.NodeSocket:
        node = self.new("ShaderNodeMath", operation=operation)
        for socket, value in zip(node.inputs, values, strict=False):
            self.give(socket, value)
        return node.outputs[0]

    def scaled(self, vector: bpy.types.NodeSocket, factor: bpy.types.NodeSocket) -> bpy.types.NodeSocket:
        node = self.new("ShaderNodeVectorMath", operation="SCALE")
        self.link(vector, node.inputs[0])
        self.link(factor, node.inputs["Scale"])
        return node.outputs[0]

    def attribute(self, name: str, data_type: str) -> bpy.types.NodeSocket:
        node = self.new("GeometryNodeInputNamedAttribute", data_type=data_type)
        node.inputs["Name"].default_value = name
        return node.outputs["Attribute"]

    def vector(self, names: Sequence[str]) -> bpy.types.NodeSocket:
        """The vectors whose components are three attributes."""
        node = self.new("ShaderNodeCombineXYZ")
        for socket, name in zip(node.inputs, names, strict=True):
            self.link(self.attribute(name, "FLOAT"), socket)
        return node.outputs[0]

    def stored(
        self,
        mesh: bpy.types.NodeSocket,
        name: str,
        value: bpy.types.NodeSocket,
        data_type: str,
        domain: str,
    ) -> bpy.types.NodeSocket:
        node = self.new("GeometryNodeStoreNamedAttribute", data_type=data_type, domain=domain)
        self.link(mesh, node.inputs["Geometry"])
        node.inputs["Name"].default_value = name
        self.link(value, node.inputs["Value"])
        return node.outputs["Geometry"]

    def removed(self, mesh: bpy.types.NodeSocket, names: Sequence[str]) -> bpy.types.NodeSocket:
        for name in names:
            node = self.new("GeometryNodeRemoveAttribute")
            self.link(mesh, node.inputs["Geometry"])
            node.inputs["Name"].default_value = name
            mesh = node.outputs["Geometry"]
        return mesh


def _frames(
    nodes: _Nodes, frame: bpy.types.NodeSocket, baked: BakedRange
) -> tuple[bpy.types.NodeSocket, bpy.types.NodeSocket]:
    """The frame within the range, and the nearest frame that has a file."""
    clamp = nodes.new("ShaderNodeClamp")
    clamp.inputs["Min"].default_value, clamp.inputs["Max"].default_value = baked.first, baked.last
    nodes.link(frame, clamp.inputs["Value"])
    exact = clamp.outputs[0]
    passed = nodes.maths("SUBTRACT", exact, baked.first)
    steps = nodes.maths("ROUND", nodes.maths("DIVIDE", passed, baked.step))
    return exact, nodes.maths("MULTIPLY_ADD", steps, baked.step, baked.first)


def _file(nodes: _Nodes, folder: str, frame: bpy.types.NodeSocket) -> bpy.types.NodeSocket:
    """The mesh of a frame's file."""
    number = nodes.new("FunctionNodeFloatToInt", rounding_mode="ROUND")
    nodes.link(frame, number.inputs[0])
    path = nodes.new("FunctionNodeFormatString")
    path.format_items.new("INT", "frame")
    # A Windows path's backslashes are no separators to join with.
    separator = "" if folder.endswith(("/", "\\")) else "/"
    escaped = folder.replace("{", "{{").replace("}", "}}")
    path.inputs["Format"].default_value = escaped + separator + FRAME_NAME
    nodes.link(number.outputs[0], path.inputs[1])
    file = nodes.new("GeometryNodeImportPLY")
    nodes.link(path.outputs[0], file.inputs["Path"])
    return file.outputs[0]


def _with_normals(nodes: _Nodes, mesh: bpy.types.NodeSocket) -> bpy.types.NodeSocket:
    """The mesh, smooth and with the normals that the file has.

    They are set at corners, since Blender's exporter of Alembic leaves normals of vertices out.
    """
    smooth = nodes.new("GeometryNodeSetShadeSmooth")
    nodes.link(mesh, smooth.inputs["Geometry"])
    node = nodes.new("GeometryNodeSetMeshNormal", mode="FREE", domain="CORNER")
    nodes.link(smooth.outputs[0], node.inputs["Mesh"])
    nodes.link(nodes.vector(NORMAL), node.inputs["Custom Normal"])
    return nodes.removed(node.outputs["Mesh"], NORMAL)


def _moving(
    nodes: _Nodes, mesh: bpy.types.NodeSocket, frames: bpy.types.NodeSocket, is_baked: bpy.types.NodeSocket
) -> bpy.types.NodeSocket:
    """The mesh moved on along its velocity by some frames, with that velocity as an attribute a second.

    Where ``is_baked`` is 0, and the mesh stands still, the attribute is zero.
    """
    per_frame = nodes.vector(VELOCITY)
    moved = nodes.new("GeometryNodeSetPosition")
    nodes.link(mesh, moved.inputs["Geometry"])
    nodes.link(nodes.scaled(per_frame, frames), moved.inputs["Offset"])
    frames_per_second = nodes.maths("MULTIPLY", _frames_per_second(nodes), is_baked)
    per_second = nodes.scaled(per_frame, frames_per_second)
    mesh = nodes.stored(moved.outputs[0], VELOCITY_ATTRIBUTE, per_second, "FLOAT_VECTOR", "POINT")
    return nodes.removed(mesh, VELOCITY)


def _frames_per_second(nodes: _Nodes) -> bpy.types.NodeSocket:
    """The scene's, by a driver, whose simple expression needs no permission to run scripts."""
    node = nodes.new("ShaderNodeValue")
    driver = node.outputs[0].driver_add("default_value").driver
    for name, path in (("fps", "render.fps"), ("base", "render.fps_base")):
        variable = driver.variables.new()
        variable.name, variable.type = name, "CONTEXT_PROP"
        variable.targets[0].context_property = "ACTIVE_SCENE"
        variable.targets[0].data_path = path
    driver.expression = "fps / base"
    return node.outputs[0]


def _copied(
    nodes: _Nodes, mesh: bpy.types.NodeSocket, name: str, wanted: str, data_type: str, domain: str
) -> bpy.types.NodeSocket:
    """The mesh with an attribute under another name too; the one that was read stays the active one."""
    read_type = "FLOAT_VECTOR" if data_type == "FLOAT2" else data_type
    return nodes.stored(mesh, wanted, nodes.attribute(name, read_type), data_type, domain)


def _with_materials(
    nodes: _Nodes, mesh: bpy.types.NodeSocket, materials: Sequence[bpy.types.Material | None]
) -> bpy.types.NodeSocket:
    """Each face with the material whose number its first vertex has."""
    number = _number_of_face(nodes) if len(materials) > 1 else None
    for index, material in enumerate(materials):
        name = f"Material {index + 1}"
        socket = nodes.tree.interface.new_socket(name, in_out="INPUT", socket_type="NodeSocketMaterial")
        socket.default_value = material
        node = nodes.new("GeometryNodeSetMaterial")
        nodes.link(mesh, node.inputs["Geometry"])
        nodes.link(nodes.new("NodeGroupInput").outputs[name], node.inputs["Material"])
        if index:  # The first one is on all faces, so that no slot stays empty.
            chosen = nodes.new("FunctionNodeCompare", data_type="FLOAT", operation="EQUAL")
            nodes.link(number, chosen.inputs["A"])
            chosen.inputs["B"].default_value = index
            nodes.link(chosen.outputs[0], node.inputs["Selection"])
        mesh = node.outputs["Geometry"]
    return nodes.removed(mesh, [MATERIAL]) if number is not None else mesh


def _number_of_face(nodes: _Nodes) -> bpy.types.NodeSocket:
    """A field on faces: the number of the material at their first vertex."""
    corner = nodes.new("GeometryNodeCornersOfFace")
    vertex = nodes.new("GeometryNodeVertexOfCorner")
    nodes.link(corner.outputs["Corner Index"], vertex.inputs["Corner Index"])
    value = nodes.new("GeometryNodeFieldAtIndex", data_type="FLOAT", domain="POINT")
    nodes.link(nodes.attribute(MATERIAL, "FLOAT"), value.inputs["Value"])
    nodes.link(vertex.outputs["Vertex Index"], value.inputs["Index"])
    return value.outputs["Value"]
