"""Mesh files: OBJ, PLY, STL, OFF and GLB, read and written by trimesh."""

import io
import math
from pathlib import Path

import numpy as np
import trimesh

from ..atomic_write import write_atomically
from ..errors import NeuralShapesError
from .mesh import TriangleMesh
from .oriented_points import OrientedPoints
from .source import Source

SUFFIXES = (".obj", ".ply", ".stl", ".off", ".glb")
# The formats that write numbers as text, with a fixed number of decimal places.
TEXT_TYPES = frozenset({"obj", "off"})
# As many as float32 has, and one more.
SIGNIFICANT_DIGITS = 9


class MeshFileError(NeuralShapesError):
    """A mesh file that cannot be read or written; the text says why and what to do."""


def read_mesh(path: str | Path) -> TriangleMesh:
    """The mesh of a file, in the file's coordinates: all its objects as one, polygons as triangles.

    It is as it came, so that training can tell what it repairs. Only the file itself is read: materials,
    textures and other files that it names are not. Raises MeshFileError for a file that is no mesh file.
    """
    return _joined(_parts(Path(path)))


def read_source(path: str | Path) -> Source:
    """What a neural shape can be trained on: the mesh of a file, or of a PLY file without faces its points.

    Raises MeshFileError as ``read_mesh`` does.
    """
    parts = _parts(Path(path))
    clouds = [part for part in parts if isinstance(part, trimesh.PointCloud)]
    if Path(path).suffix.lower() != ".ply" or len(parts) != 1 or not clouds:
        return _joined(parts)
    vertices = clouds[0].metadata["_ply_raw"]["vertex"]["data"]
    try:
        normals = np.stack([np.asarray(vertices[name], np.float64) for name in ("nx", "ny", "nz")], axis=-1)
    except (KeyError, ValueError):
        raise MeshFileError(
            f"{path} has points without faces and without normals; fill it, or export it with normals."
        ) from None
    return OrientedPoints(clouds[0].vertices, normals.reshape(-1, 3))


def _parts(path: Path) -> list[trimesh.Trimesh | trimesh.PointCloud]:
    """All geometry of a file, as trimesh has it. Raises MeshFileError for a file that is no mesh file."""
    file_type = _file_type(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MeshFileError(f"{path} could not be read: {error.strerror}.") from error
    try:
        scene = trimesh.load_scene(io.BytesIO(data), file_type=file_type, process=False, skip_materials=True)
        return list(scene.dump())
    except Exception as error:
        # trimesh's readers raise whatever their parsing runs into.
        raise MeshFileError(
            f"{path} could not be understood as {file_type.upper()}; export it again, or in another format."
        ) from error


def write_mesh(mesh: TriangleMesh, path: str | Path) -> None:
    """Writes a mesh in the format that the path's suffix names; a failure leaves no half-written file.

    Raises MeshFileError for another suffix, or when the file cannot be written.
    """
    path = Path(path)
    file_type = _file_type(path)
    text_digits = {"digits": _decimal_places(mesh)} if file_type in TEXT_TYPES else {}
    data = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False).export(
        file_type=file_type, **text_digits
    )
    try:
        write_atomically(path, data.encode() if isinstance(data, str) else data)
    except OSError as error:
        raise MeshFileError(f"{path} could not be written: {error.strerror}.") from error


def _file_type(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise MeshFileError(f"{path} is of no known kind; meshes are OBJ, PLY, STL, OFF or GLB files.")
    return suffix[1:]


def _decimal_places(mesh: TriangleMesh) -> int:
    """Digits after the point that keep SIGNIFICANT_DIGITS of the mesh's size, however small it is."""
    size = float(np.ptp(mesh.vertices, axis=0).max())
    return max(0, SIGNIFICANT_DIGITS - math.floor(math.log10(size)))


def _joined(parts: list[trimesh.Trimesh | trimesh.PointCloud]) -> TriangleMesh:
    meshes = [part for part in parts if isinstance(part, trimesh.Trimesh)]
    offsets = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])[:-1]
    return TriangleMesh(
        np.concatenate([np.empty((0, 3)), *(mesh.vertices for mesh in meshes)]),
        np.concatenate(
            [np.empty((0, 3), np.int64), *(m.faces + o for m, o in zip(meshes, offsets, strict=True))]
        ),
    )
