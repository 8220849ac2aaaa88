"""Meshes keyed at frames: which objects they are, whether they can make a morph, and their common space."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import bpy
import numpy as np

from ..core.errors import NeuralShapesError
from ..core.geometry.flatness import flattens
from ..core.geometry.mesh import TriangleMesh
from .morph_properties import MorphSettings
from .object_mesh import triangle_mesh

# Of the 24 bits that Blender keeps of a number the last change when objects are moved together; up to these
# bits, some 1e-5 of their size, transforms are the same then.
BITS = 17
# Of small meshes the scene's unit takes the place, up to so many times their size: positions in the scene
# change in their last bits by where they are, not by how large the meshes are.
LARGEST_UNIT = 32


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
    NeuralShapesError when one is no mesh, is hidden or is scaled to zero.
    """
    meshes = [triangle_mesh(source, depsgraph) for source in sources]
    to_first = np.linalg.inv(_matrix(sources[0]))
    for index, source in enumerate(sources):
        if source != sources[0]:
            matrix = to_first @ _matrix(source)
            matrix[:3, 3] *= placement == "keep"
            unit = np.linalg.norm(to_first[:3, :3], ord=2)
            meshes[index] = _transformed(meshes[index], matrix, _extent(meshes[0].vertices), unit)
    return meshes


def _matrix(source: bpy.types.Object) -> np.ndarray:
    matrix = np.array(source.matrix_world, dtype=np.float64)
    if flattens(matrix[:3, :3]):
        raise NeuralShapesError(f"“{source.name}” is scaled to zero; clear its scale.")
    return matrix


def _transformed(mesh: TriangleMesh, matrix: np.ndarray, first_extent: float, unit: float) -> TriangleMesh:
    """A mesh under an affine map, rounded to what is the same for objects that are moved together.

    Units may be so different that each part of the map is rounded by its own size: its linear part by that of
    its entries, its shift by that of the meshes, of which the first one's extent is given, or of the scene's
    unit. A map that mirrors turns the faces, so that they look outwards still.
    """
    linear = _rounded(matrix[:3, :3], np.linalg.norm(matrix[:3, :3]))
    vertices = mesh.vertices @ linear.T
    extent = max(first_extent, _extent(vertices))
    shift = _rounded(matrix[:3, 3], max(extent, min(unit, LARGEST_UNIT * extent)))
    faces = mesh.faces[:, ::-1] if np.linalg.det(linear) < 0 else mesh.faces
    return TriangleMesh(vertices + shift, faces)


def _extent(points: np.ndarray) -> float:
    """The largest side of the box around points (N, 3)."""
    return float(np.ptp(points, axis=0).max())


def _rounded(values: np.ndarray, size: float) -> np.ndarray:
    """Values without what is below the first BITS bits of a size, which may be zero.

    Sizes such as 1 and 2 come with rounding errors, and are to be on one side of a power of two.
    """
    step = np.ldexp(1.0, np.frexp(1.5 * size)[1] - BITS)
    return np.round(values / step) * step


def _found(name: str) -> bpy.types.Object:
    source = bpy.data.objects.get(name)
    if source is None:
        raise NeuralShapesError(
            f"The keyed object “{name}” is not in this file, deleted or renamed; choose it anew or remove its"
            " key."
        )
    return source
