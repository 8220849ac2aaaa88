"""Meshes that show a morph at a time; each says on itself which moment it is, also when copied or saved."""

from typing import NamedTuple

import bpy
import numpy as np
from idprop.types import IDPropertyGroup

from ..core.geometry.mesh import TriangleMesh
from .custom_normals import CUSTOM_NORMAL
from .face_materials import copy_materials
from .mesh_content import MeshContent
from .surface_mesh import new_mesh

PROPERTY = "neural_shapes_moment"

# Times closer than this are one: over the length of a long shot still less than a frame.
TIME_DIGITS = 4


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


def moment_content(
    surface: TriangleMesh, normals: np.ndarray | None, holder: bpy.types.Object, own: MeshContent
) -> MeshContent:
    """A surface as its holder's mesh is to show it; ``normals`` (V, 3) are kept as free custom normals.

    Of several materials each face takes that of the nearest face in ``own``, the mesh that had the materials
    where the artist wants them. Raises what ``new_mesh`` raises.
    """
    mesh = new_mesh(holder.name, surface)
    try:
        if normals is not None and len(mesh.vertices):
            attribute = mesh.attributes.new(CUSTOM_NORMAL, "FLOAT_VECTOR", "POINT")
            attribute.data.foreach_set("vector", np.ascontiguousarray(normals, dtype=np.float32).reshape(-1))
        if len(holder.material_slots) > 1:
            _wear_materials(mesh, holder, own)
        return MeshContent.of(mesh)
    finally:
        bpy.data.meshes.remove(mesh)


def show_moment(mesh: bpy.types.Mesh, moment: Moment, content: MeshContent) -> None:
    """Have a mesh show a moment."""
    content.write(mesh)
    mesh[PROPERTY] = moment._asdict()


def _wear_materials(mesh: bpy.types.Mesh, holder: bpy.types.Object, own: MeshContent) -> None:
    reference = bpy.data.meshes.new(holder.name)
    for slot in holder.material_slots:
        reference.materials.append(slot.material)
    own.write(reference)
    wearer = bpy.data.objects.new(holder.name, reference)
    copy_materials(wearer, mesh)
    bpy.data.objects.remove(wearer)
    bpy.data.meshes.remove(reference)
