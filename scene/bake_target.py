"""The mesh that a map is baked for: triangles with UVs, corner normals and MikkTSpace tangents."""

import bpy
import numpy as np

from ..core.errors import NeuralShapesError
from ..core.mapping.bake import BakeTarget
from .target_mesh import read_attribute, read_corner_normals, read_positions, read_triangles

# Modifiers that move vertices and leave the faces as they are.
POSING_MODIFIERS = {"ARMATURE", "MESH_DEFORM", "LATTICE", "CURVE", "HOOK", "SURFACE_DEFORM", "SIMPLE_DEFORM"}


class BakeTargetError(NeuralShapesError):
    """An object that nothing can be baked for; the text says why and what to do."""


def read_bake_target(
    target: bpy.types.Object, depsgraph: bpy.types.Depsgraph, with_tangents: bool
) -> tuple[BakeTarget, str]:
    """The object as it is rendered, in its own space, and the name of its active UV layer.

    Where modifiers and shape keys only move vertices, they are left out: a pose has the same map. Raises
    BakeTargetError for an object without faces or UVs, or one that is hidden from the view layer.
    """
    if target.type != "MESH":
        raise BakeTargetError(f"“{target.name}” is no mesh; convert it to a mesh first.")
    evaluated = target.evaluated_get(depsgraph)
    if not evaluated.is_evaluated:
        raise BakeTargetError(f"“{target.name}” is hidden or excluded from the view layer; show it first.")
    mesh = target.data if _is_only_posed(target) else evaluated.data
    _check(target.name, mesh)
    return _read(mesh, with_tangents), mesh.uv_layers.active.name


def _is_only_posed(target: bpy.types.Object) -> bool:
    return all(modifier.type in POSING_MODIFIERS for modifier in target.modifiers if modifier.show_viewport)


def _check(name: str, mesh: bpy.types.Mesh) -> None:
    if not len(mesh.polygons):
        raise BakeTargetError(f"“{name}” has no faces.")
    if mesh.uv_layers.active is None:
        raise BakeTargetError(f"“{name}” has no UV map; unwrap it first (Edit Mode, UV > Smart UV Project).")
    if not np.isfinite(read_positions(mesh)).all() or not np.isfinite(_read_uvs(mesh)).all():
        raise BakeTargetError(f"“{name}” has coordinates that are no finite numbers (Mesh > Clean Up).")


def _read(mesh: bpy.types.Mesh, with_tangents: bool) -> BakeTarget:
    triangles = read_triangles(mesh)
    corner_vertices = read_attribute(mesh, ".corner_vert", "value", np.int32, (len(mesh.loops),))
    positions, normals, uvs = read_positions(mesh), read_corner_normals(mesh), _read_uvs(mesh)
    corners = corner_vertices[triangles]
    tangents = _tangents(positions, corners, normals[triangles], uvs[triangles]) if with_tangents else None
    return BakeTarget(positions[corners], normals[triangles], uvs[triangles], tangents)


def _read_uvs(mesh: bpy.types.Mesh) -> np.ndarray:
    uvs = np.empty((len(mesh.loops), 2), dtype=np.float32)
    mesh.uv_layers.active.uv.foreach_get("vector", uvs.reshape(-1))
    return uvs


def _tangents(positions: np.ndarray, corners: np.ndarray, normals: np.ndarray, uvs: np.ndarray) -> np.ndarray:
    """MikkTSpace tangents and bitangent signs (T, 3, 4), of a copy in triangles: Blender refuses n-gons.

    Renderers and game engines draw triangles too; the copy has the mesh's own corner normals.
    """
    copy = bpy.data.meshes.new("Triangulated Copy")
    try:
        copy.vertices.add(len(positions))
        copy.loops.add(corners.size)
        copy.polygons.add(len(corners))
        copy.attributes["position"].data.foreach_set("vector", positions.reshape(-1))
        copy.attributes[".corner_vert"].data.foreach_set("value", corners.reshape(-1))
        copy.polygons.foreach_set("loop_start", np.arange(0, corners.size, 3, dtype=np.int32))
        copy.update(calc_edges=True)
        layer = copy.uv_layers.new(name="UV", do_init=False)
        layer.uv.foreach_set("vector", uvs.reshape(-1))
        custom = copy.attributes.new("custom_normal", "FLOAT_VECTOR", "CORNER")
        custom.data.foreach_set("vector", normals.reshape(-1))
        copy.calc_tangents(uvmap="UV")
        tangents, signs = np.empty((corners.size, 3), np.float32), np.empty((corners.size, 1), np.float32)
        copy.loops.foreach_get("tangent", tangents.reshape(-1))
        copy.loops.foreach_get("bitangent_sign", signs.reshape(-1))
    finally:
        bpy.data.meshes.remove(copy)
    return np.hstack([tangents, signs]).reshape(-1, 3, 4)
