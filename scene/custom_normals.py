"""Custom normals on a mesh, free or deforming, and the exact way back to what was there before.

What the mesh had stays on it under names of ours, as attributes, so that it is saved and follows edits of the
mesh; a custom property says that it is there, since both attributes may have been absent.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import bpy
import numpy as np

from .shares import read_share
from .target_mesh import read_attribute, read_sharp_edges

CUSTOM_NORMAL = "custom_normal"
SHARP_EDGE = "sharp_edge"

# A leading dot hides an attribute from Blender's lists.
KEPT = {name: f".neural_shapes.{name}" for name in (CUSTOM_NORMAL, SHARP_EDGE)}
# The sharp edges as a transfer left them, by which those are told that the artist marked or cleared since.
TRANSFERRED_SHARP_EDGE = ".neural_shapes.transferred_sharp_edge"
# The custom property holds the share of the mesh that was out of the shape's reach.
TRANSFERRED = "neural_shapes_normals"


class NormalsKind(StrEnum):
    """Free normals are exact and stay as they are; deforming ones turn with the surface under a rig."""

    FREE = "free"
    DEFORMING = "deforming"


def has_transferred(mesh: bpy.types.Mesh) -> bool:
    """Whether the mesh's normals are transferred ones, which can be restored."""
    return TRANSFERRED in mesh


def masked_share(mesh: bpy.types.Mesh) -> float:
    """The share of a mesh with transferred normals that was out of the shape's reach."""
    return read_share(mesh, TRANSFERRED)


def apply_normals(mesh: bpy.types.Mesh, normals: np.ndarray, kind: NormalsKind, masked_share: float) -> None:
    """Give a mesh in object mode the unit corner normals (C, 3); those it had can be restored.

    Deforming normals are kept by Blender in 16 bits relative to each corner's fan, to about half a degree,
    and mark edges sharp where a fan's normals differ.
    """
    restore_normals(mesh)
    _keep(mesh)
    mesh[TRANSFERRED] = masked_share
    if kind is NormalsKind.FREE:
        attribute = mesh.attributes.new(CUSTOM_NORMAL, "FLOAT_VECTOR", "CORNER")
        attribute.data.foreach_set("vector", np.ascontiguousarray(normals, dtype=np.float32).reshape(-1))
    else:
        # A list: Blender 5 takes an array one number at a time, four times slower.
        mesh.normals_split_custom_set(normals.tolist())
    _write_edges(mesh, TRANSFERRED_SHARP_EDGE, read_sharp_edges(mesh))
    mesh.update()


def restore_normals(mesh: bpy.types.Mesh) -> bool:
    """Put back exactly what a transfer replaced; returns whether there was anything to put back.

    Edges that were marked sharp or cleared since the transfer stay so.
    """
    if not has_transferred(mesh):
        return False
    sharp, edited = read_sharp_edges(mesh), _take_edited_edges(mesh)
    for name, kept in KEPT.items():
        if name in mesh.attributes:
            mesh.attributes.remove(mesh.attributes[name])
        if kept in mesh.attributes:
            mesh.attributes[kept].name = name
    if edited.any():
        _write_edges(mesh, SHARP_EDGE, np.where(edited, sharp, read_sharp_edges(mesh)))
    del mesh[TRANSFERRED]
    mesh.update()
    return True


@contextmanager
def original(mesh: bpy.types.Mesh) -> Iterator[bpy.types.Mesh]:
    """The mesh with the normals and sharp edges that it has, or had before a transfer; it is not touched."""
    if not has_transferred(mesh):
        yield mesh
        return
    copy = mesh.copy()
    try:
        restore_normals(copy)
        yield copy
    finally:
        bpy.data.meshes.remove(copy)


def _keep(mesh: bpy.types.Mesh) -> None:
    """Set what there is aside: the normals under another name, a copy of the sharp edges."""
    for name in KEPT.values():
        # Of another mesh that was joined to this one.
        if name in mesh.attributes:
            mesh.attributes.remove(mesh.attributes[name])
    if CUSTOM_NORMAL in mesh.attributes:
        mesh.attributes[CUSTOM_NORMAL].name = KEPT[CUSTOM_NORMAL]
    if SHARP_EDGE in mesh.attributes:
        _write_edges(mesh, KEPT[SHARP_EDGE], read_sharp_edges(mesh))


def _take_edited_edges(mesh: bpy.types.Mesh) -> np.ndarray:
    """Which edges (E,) were marked sharp or cleared since the transfer; forgets how that left them."""
    if TRANSFERRED_SHARP_EDGE not in mesh.attributes:
        # Files of before this was kept do not tell, and are restored as they were.
        return np.zeros(len(mesh.edges), dtype=bool)
    left = read_attribute(mesh, TRANSFERRED_SHARP_EDGE, "value", bool, (len(mesh.edges),))
    mesh.attributes.remove(mesh.attributes[TRANSFERRED_SHARP_EDGE])
    return read_sharp_edges(mesh) != left


def _write_edges(mesh: bpy.types.Mesh, name: str, values: np.ndarray) -> None:
    attribute = mesh.attributes.get(name) or mesh.attributes.new(name, "BOOLEAN", "EDGE")
    attribute.data.foreach_set("value", values)
