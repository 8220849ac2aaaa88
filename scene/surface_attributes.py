"""Attributes of a neural shape on a mesh's vertices, for shaders and geometry nodes."""

import bpy
import numpy as np

from ..core.mapping.attributes import Attribute

NAMES = {attribute: f"neural_{attribute}" for attribute in Attribute if attribute.channels == 1}


def write_attribute(mesh: bpy.types.Mesh, attribute: Attribute, values: np.ndarray) -> None:
    """Put the values (V,) on the vertices, as a named attribute; one that is there is replaced."""
    name = NAMES[attribute]
    if name in mesh.attributes:
        mesh.attributes.remove(mesh.attributes[name])
    mesh.attributes.new(name, "FLOAT", "POINT").data.foreach_set(
        "value", np.ascontiguousarray(values, dtype=np.float32)
    )
    mesh.update()


def read_vertex_normals(mesh: bpy.types.Mesh) -> np.ndarray:
    """The vertices' normals (V, 3) float32."""
    normals = np.empty((len(mesh.vertices), 3), dtype=np.float32)
    mesh.vertex_normals.foreach_get("vector", normals.reshape(-1))
    return normals
