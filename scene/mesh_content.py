"""A mesh's geometry as arrays, which take the place of another mesh's within milliseconds.

The datablock stays. An object that were given another mesh between two undo steps would, after undo, point to
one that Blender has freed: undo keeps an object that both steps have alike, with what it points to now.
"""

from dataclasses import dataclass
from functools import cached_property

import bpy
import numpy as np

from .custom_normals import CUSTOM_NORMAL
from .face_materials import MATERIAL_INDEX


@dataclass(frozen=True)
class _Kind:
    """Of an attribute: its domain, Blender's type, and the numbers' type, count and name."""

    domain: str
    data_type: str
    numbers: type
    count: int = 1
    values: str = "value"


KINDS = {
    "position": _Kind("POINT", "FLOAT_VECTOR", np.float32, 3, "vector"),
    ".edge_verts": _Kind("EDGE", "INT32_2D", np.int32, 2),
    ".corner_vert": _Kind("CORNER", "INT", np.int32),
    ".corner_edge": _Kind("CORNER", "INT", np.int32),
    CUSTOM_NORMAL: _Kind("POINT", "FLOAT_VECTOR", np.float32, 3, "vector"),
    MATERIAL_INDEX: _Kind("FACE", "INT", np.int32),
}


@dataclass(frozen=True)
class MeshContent:
    """How many vertices, edges and corners there are, the first corner of each face, and attributes."""

    vertices: int
    edges: int
    corners: int
    loop_start: np.ndarray
    attributes: dict[str, np.ndarray]

    @classmethod
    def of(cls, mesh: bpy.types.Mesh) -> "MeshContent":
        """A copy of what a mesh in object mode has."""
        loop_start = np.empty(len(mesh.polygons), np.int32)
        mesh.polygons.foreach_get("loop_start", loop_start)
        attributes = {}
        for name, kind in KINDS.items():
            found = mesh.attributes.get(name)
            if found is not None and (found.domain, found.data_type) == (kind.domain, kind.data_type):
                attributes[name] = np.empty(len(found.data) * kind.count, kind.numbers)
                found.data.foreach_get(kind.values, attributes[name])
        return cls(len(mesh.vertices), len(mesh.edges), len(mesh.loops), loop_start, attributes)

    @cached_property
    def size(self) -> int:
        """Bytes of memory."""
        return self.loop_start.nbytes + sum(array.nbytes for array in self.attributes.values())

    def write(self, mesh: bpy.types.Mesh) -> None:
        """Take the place of a mesh's geometry and attributes, smooth-shaded; its materials stay."""
        mesh.clear_geometry()
        mesh.vertices.add(self.vertices)
        mesh.edges.add(self.edges)
        mesh.loops.add(self.corners)
        mesh.polygons.add(len(self.loop_start))
        if self.vertices:
            mesh.polygons.foreach_set("loop_start", self.loop_start)
            for name, array in self.attributes.items():
                kind = KINDS[name]
                found = mesh.attributes.get(name) or mesh.attributes.new(name, kind.data_type, kind.domain)
                found.data.foreach_set(kind.values, array)
        mesh.update()
