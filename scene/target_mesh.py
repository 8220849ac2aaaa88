"""The mesh that normals are transferred to, as arrays: corners, own normals, sharp edges, masks."""

import hashlib

import bpy
import numpy as np

from ..core.errors import NeuralShapesError
from ..core.mapping.smooth_fans import PolygonCorners
from ..core.mapping.transfer import PolygonTarget


class TargetMeshError(NeuralShapesError):
    """A mesh that normals cannot be transferred to; the text says why and what to do."""


def check_target(target: bpy.types.Object) -> None:
    """Raises TargetMeshError for an object whose mesh cannot take normals or new positions."""
    if target.type != "MESH":
        raise TargetMeshError(f"“{target.name}” is no mesh; convert it to a mesh first.")
    if not target.data.is_editable:
        raise TargetMeshError(f"“{target.name}” has a linked mesh; make it local first (Object > Relations).")
    if not len(target.data.polygons):
        raise TargetMeshError(f"“{target.name}” has no faces.")
    positions = read_positions(target.data)
    if not np.isfinite(positions).all():
        raise TargetMeshError(
            f"“{target.name}” has vertices whose coordinates are no finite numbers; delete them"
            " (Mesh > Clean Up)."
        )


def read_target(mesh: bpy.types.Mesh, keep_sharp_edges: bool) -> PolygonTarget:
    """The mesh as a target, before its modifiers and shape keys; with its present normals."""
    corner_vertices, corner_edges = (
        read_attribute(mesh, name, "value", np.int32, (len(mesh.loops),))
        for name in (".corner_vert", ".corner_edge")
    )
    return PolygonTarget(
        positions=read_positions(mesh),
        corners=PolygonCorners(corner_vertices, corner_edges, _face_starts(mesh)),
        triangles=read_triangles(mesh),
        normals=read_corner_normals(mesh),
        sharp_edges=read_sharp_edges(mesh) if keep_sharp_edges else np.zeros(len(mesh.edges), dtype=bool),
    )


def digest(mesh: bpy.types.Mesh) -> str:
    """A digest of positions and corners, by which a mesh that was edited meanwhile is recognised."""
    corners = read_attribute(mesh, ".corner_vert", "value", np.int32, (len(mesh.loops),))
    state = hashlib.sha256(read_positions(mesh).tobytes())
    state.update(corners.tobytes())
    return state.hexdigest()


def read_positions(mesh: bpy.types.Mesh) -> np.ndarray:
    """Vertices (V, 3) float32."""
    return read_attribute(mesh, "position", "vector", np.float32, (len(mesh.vertices), 3))


def write_positions(mesh: bpy.types.Mesh, positions: np.ndarray) -> None:
    """Move the vertices to (V, 3) float32."""
    mesh.attributes["position"].data.foreach_set("vector", positions.reshape(-1))
    mesh.update()


def read_triangles(mesh: bpy.types.Mesh) -> np.ndarray:
    """Corner indices (T, 3) int32 of the polygons' triangles."""
    mesh.calc_loop_triangles()
    triangles = np.empty((len(mesh.loop_triangles), 3), dtype=np.int32)
    mesh.loop_triangles.foreach_get("loops", triangles.reshape(-1))
    return triangles


def read_corner_normals(mesh: bpy.types.Mesh) -> np.ndarray:
    """The normals (C, 3) float32 that the mesh is shaded with."""
    normals = np.empty((len(mesh.loops), 3), dtype=np.float32)
    mesh.corner_normals.foreach_get("vector", normals.reshape(-1))
    return normals


def read_sharp_edges(mesh: bpy.types.Mesh) -> np.ndarray:
    """Which edges (E,) are marked sharp."""
    if "sharp_edge" not in mesh.attributes:
        return np.zeros(len(mesh.edges), dtype=bool)
    return read_attribute(mesh, "sharp_edge", "value", bool, (len(mesh.edges),))


def read_corner_weights(target: bpy.types.Object, vertex_group: str, selected_faces: bool) -> np.ndarray:
    """How much each corner (C,) may change: its vertex's weight in a group, and whether its face is selected.

    Without a group all vertices count whole. Raises TargetMeshError for a group that the object lacks.
    """
    mesh = target.data
    corner_vertices = read_attribute(mesh, ".corner_vert", "value", np.int32, (len(mesh.loops),))
    weights = read_vertex_weights(target, vertex_group)[corner_vertices]
    if selected_faces:
        selected = np.empty(len(mesh.polygons), dtype=bool)
        mesh.polygons.foreach_get("select", selected)
        if not selected.any():
            raise TargetMeshError(f"“{target.name}” has no selected faces; select some in Edit Mode.")
        weights = weights * np.repeat(selected, np.diff(_face_starts(mesh)))
    return weights


def read_vertex_weights(target: bpy.types.Object, vertex_group: str) -> np.ndarray:
    """The weight of each vertex (V,) in a group, float32; 1 without a group's name."""
    mesh = target.data
    if not vertex_group:
        return np.ones(len(mesh.vertices), dtype=np.float32)
    if vertex_group not in target.vertex_groups:
        raise TargetMeshError(f"“{target.name}” has no vertex group “{vertex_group}”.")
    weights = np.zeros(len(mesh.vertices), dtype=np.float32)
    index = target.vertex_groups[vertex_group].index
    # Blender gives weights one by one, not as an array.
    for vertex in mesh.vertices:
        for element in vertex.groups:
            if element.group == index:
                weights[vertex.index] = element.weight
    return weights


def read_attribute(
    mesh: bpy.types.Mesh, name: str, field: str, dtype: type, shape: tuple[int, ...]
) -> np.ndarray:
    """An attribute of a mesh as an array."""
    array = np.empty(shape, dtype=dtype)
    if array.size:
        mesh.attributes[name].data.foreach_get(field, array.reshape(-1))
    return array


def _face_starts(mesh: bpy.types.Mesh) -> np.ndarray:
    starts = np.full(len(mesh.polygons) + 1, len(mesh.loops), dtype=np.int32)
    mesh.polygons.foreach_get("loop_start", starts[:-1])
    return starts
