"""What is painted on an object's mesh: colours, texture coordinates and materials of its triangles."""

from dataclasses import dataclass

import bpy
import numpy as np

from ..core.geometry.mesh import TriangleMesh
from .object_mesh import triangle_mesh


@dataclass(frozen=True)
class PaintedSurface:
    """An evaluated mesh in object space, and what its active colour attribute and UV map have.

    ``colours`` (F, 3, 4) are linear, ``uvs`` are (F, 3, 2), both at the triangles' corners; ``materials``
    (F,) are numbers of slots. The names are empty, and the arrays None, where the mesh has none.
    """

    mesh: TriangleMesh
    materials: np.ndarray
    colours: np.ndarray | None = None
    uvs: np.ndarray | None = None
    colours_name: str = ""
    uvs_name: str = ""


def painted_surface(source: bpy.types.Object, depsgraph: bpy.types.Depsgraph) -> PaintedSurface:
    """What an object's evaluated mesh has. Raises ObjectMeshError as ``triangle_mesh`` does."""
    surface = triangle_mesh(source, depsgraph)
    evaluated = source.evaluated_get(depsgraph)
    mesh = evaluated.to_mesh()
    try:
        mesh.calc_loop_triangles()
        count = len(mesh.loop_triangles)
        materials = np.empty(count, dtype=np.int32)
        mesh.loop_triangles.foreach_get("material_index", materials)
        corners = np.empty((count, 3), dtype=np.int32)
        mesh.loop_triangles.foreach_get("loops", corners.reshape(-1))
        colours, uvs = mesh.color_attributes.active_color, mesh.uv_layers.active
        return PaintedSurface(
            surface,
            materials,
            None if colours is None else _colours(colours, corners, surface.faces),
            None if uvs is None else _uvs(uvs, corners),
            "" if colours is None else colours.name,
            "" if uvs is None else uvs.name,
        )
    finally:
        evaluated.to_mesh_clear()


def _colours(attribute: bpy.types.Attribute, corners: np.ndarray, vertices: np.ndarray) -> np.ndarray:
    values = np.empty((len(attribute.data), 4), dtype=np.float32)
    attribute.data.foreach_get("color", values.reshape(-1))
    return values[vertices if attribute.domain == "POINT" else corners]


def _uvs(layer: bpy.types.MeshUVLoopLayer, corners: np.ndarray) -> np.ndarray:
    values = np.empty((len(layer.uv), 2), dtype=np.float32)
    layer.uv.foreach_get("vector", values.reshape(-1))
    return values[corners]
