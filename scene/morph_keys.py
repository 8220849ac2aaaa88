"""Meshes keyed at frames: which objects they are, whether they can make a morph, and their common space."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import bpy
import numpy as np

from ..core.errors import NeuralShapesError
from ..core.geometry.mesh import TriangleMesh
from .morph_properties import MorphSettings
from .object_mesh import triangle_mesh

# Transforms of objects that are moved together differ in their last digits; beyond these they are the same.
DECIMALS = 5


@dataclass(frozen=True)
class MeshKey:
    """An object whose mesh a morph passes through at a frame."""

    source: bpy.types.Object
    frame: int


def set_key(settings: MorphSettings, source: bpy.types.Object, frame: int) -> None:
    """Key an object at a frame, in place of what is keyed there; the key becomes the active one."""
    index = next((index for index, key in enumerate(settings.keys) if key.frame == frame), None)
    if index is None:
        index = len(settings.keys)
        settings.keys.add()
    settings.keys[index].source, settings.keys[index].frame = source.name, frame
    settings.active_key = index


def keys_of(settings: MorphSettings) -> list[MeshKey]:
    """The keys that can make a morph, by frame.

    Raises NeuralShapesError when an object is not in the file, and as ``ordered`` does.
    """
    return ordered([MeshKey(_found(key.source), key.frame) for key in settings.keys])


def sources_of(holder: bpy.types.Object) -> list[bpy.types.Object]:
    """The objects of a morph's keys. Raises NeuralShapesError when one of them is not in the file."""
    return [_found(entry.source) for entry in holder.neural_shapes_morph.sources]


def ordered(keys: Sequence[MeshKey]) -> list[MeshKey]:
    """The keys by frame.

    Raises NeuralShapesError for less than two, for two at one frame, and for one object alone.
    """
    if len(keys) < 2:
        raise NeuralShapesError("Key at least two meshes, each at a frame of its own.")
    keys = sorted(keys, key=lambda key: key.frame)
    for before, after in pairwise(keys):
        if before.frame == after.frame:
            names = f"“{before.source.name}” and “{after.source.name}”"
            raise NeuralShapesError(f"{names} are both keyed at frame {after.frame}; move one of them.")
    if len({key.source for key in keys}) == 1:
        raise NeuralShapesError(f"All keys show “{keys[0].source.name}”; key another mesh too.")
    return keys


def meshes_in_common_space(
    sources: Sequence[bpy.types.Object], placement: str, depsgraph: bpy.types.Depsgraph
) -> list[TriangleMesh]:
    """The evaluated objects as meshes in the first one's object space, as they stand to one another.

    Where each is fitted by itself ("fit"), how far they are apart does not matter and is left out. Raises
    NeuralShapesError when one is no mesh or is hidden, or the first one is scaled to zero.
    """
    first = np.array(sources[0].matrix_world, dtype=np.float64)
    if abs(np.linalg.det(first)) == 0:
        raise NeuralShapesError(f"“{sources[0].name}” is scaled to zero; clear its scale.")
    meshes = []
    for source in sources:
        mesh = triangle_mesh(source, depsgraph)
        if source != sources[0]:
            matrix = np.linalg.inv(first) @ np.array(source.matrix_world, dtype=np.float64)
            matrix[:3, 3] *= placement == "keep"
            mesh = _transformed(mesh, np.round(matrix, DECIMALS))
        meshes.append(mesh)
    return meshes


def _transformed(mesh: TriangleMesh, matrix: np.ndarray) -> TriangleMesh:
    """A mesh under an affine map; one that mirrors turns the faces, so that they look outwards still."""
    faces = mesh.faces[:, ::-1] if np.linalg.det(matrix[:3, :3]) < 0 else mesh.faces
    return TriangleMesh(mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3], faces)


def _found(name: str) -> bpy.types.Object:
    source = bpy.data.objects.get(name)
    if source is None:
        raise NeuralShapesError(
            f"The keyed object “{name}” is not in this file, deleted or renamed; choose it anew or remove its"
            " key."
        )
    return source
