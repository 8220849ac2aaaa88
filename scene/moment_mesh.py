"""Meshes that show a morph at a time; each says on itself which moment it is, also when copied or saved."""

from typing import NamedTuple

import bpy
import numpy as np
from idprop.types import IDPropertyGroup

from ..core.geometry.mesh import TriangleMesh
from .custom_normals import CUSTOM_NORMAL
from .face_materials import copy_materials
from .surface_mesh import new_mesh

PROPERTY = "neural_shapes_moment"

# Times closer than this are one: over the length of a long shot still less than a frame.
TIME_DIGITS = 4

# Bytes that Blender keeps of a mesh: a position, an edge's two vertices, a corner's vertex and edge, a face's
# first corner, a normal.
VERTEX_BYTES, EDGE_BYTES, CORNER_BYTES, FACE_BYTES, NORMAL_BYTES = 12, 8, 8, 4, 12


class Moment(NamedTuple):
    """What a mesh shows: the networks by their uuid, at a time, and how it was extracted."""

    networks: str
    time: float
    resolution: int
    true_volume: bool
    normals: bool


def moment_of(mesh: bpy.types.Mesh) -> Moment | None:
    """The moment that a mesh shows; None for any other mesh."""
    stored = mesh.get(PROPERTY)
    if not isinstance(stored, IDPropertyGroup) or any(name not in stored for name in Moment._fields):
        return None
    values = Moment(*(stored[name] for name in Moment._fields))
    return values._replace(true_volume=bool(values.true_volume), normals=bool(values.normals))


def new_moment_mesh(
    name: str, moment: Moment, surface: TriangleMesh, normals: np.ndarray | None
) -> bpy.types.Mesh:
    """A mesh without users that shows a moment; ``normals`` (V, 3) are kept as free custom normals.

    Raises what ``new_mesh`` raises.
    """
    mesh = new_mesh(name, surface)
    mesh[PROPERTY] = moment._asdict()
    if normals is not None and len(mesh.vertices):
        attribute = mesh.attributes.new(CUSTOM_NORMAL, "FLOAT_VECTOR", "POINT")
        attribute.data.foreach_set("vector", np.ascontiguousarray(normals, dtype=np.float32).reshape(-1))
        mesh.update()
    return mesh


def wear_materials(mesh: bpy.types.Mesh, holder: bpy.types.Object, reference: bpy.types.Mesh) -> None:
    """Give a mesh the materials of an object; of several, each face takes that of the nearest in a reference.

    The reference is a mesh in the object's space that had the materials where the artist wants them.
    """
    if len(holder.material_slots) <= 1:
        for slot in holder.material_slots:
            mesh.materials.append(slot.material)
        return
    wearer = bpy.data.objects.new(holder.name, reference)
    copy_materials(wearer, mesh)
    bpy.data.objects.remove(wearer)


def size(mesh: bpy.types.Mesh) -> int:
    """About how many bytes of memory a mesh takes."""
    return (
        len(mesh.vertices) * (VERTEX_BYTES + NORMAL_BYTES)
        + len(mesh.edges) * EDGE_BYTES
        + len(mesh.loops) * CORNER_BYTES
        + len(mesh.polygons) * FACE_BYTES
    )
