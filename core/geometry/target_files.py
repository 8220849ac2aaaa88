"""Low-poly mesh files as targets: vertices in the file's order, UVs and normals of the corners; and PLY back.

Unlike in ``files`` nothing is welded, cleaned or reordered: what is written belongs to the vertices as they
came.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import trimesh

from ..atomic_write import write_atomically
from .files import SUFFIXES, MeshFileError


@dataclass(frozen=True)
class TargetFile:
    """Vertices (V, 3) and triangles (T, 3) as the file has them, and the corners' unit normals (T, 3, 3).

    ``uvs`` (T, 3, 2) are the corners', or None in a file without any.
    """

    vertices: np.ndarray
    faces: np.ndarray
    normals: np.ndarray
    uvs: np.ndarray | None


def read_target_file(path: str | Path) -> TargetFile:
    """The mesh of a file, its polygons as triangles; smooth normals where the file has none.

    Raises MeshFileError for a file that is no mesh file, is damaged, or has no faces or broken coordinates.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise MeshFileError(f"{path} is no mesh file; give one of {', '.join(SUFFIXES)}.")
    try:
        target = _read_obj(path) if suffix == ".obj" else _read_by_trimesh(path)
    except OSError as error:
        raise MeshFileError(f"{path} could not be read: {error.strerror}.") from error
    except Exception as error:
        # Readers raise whatever their parsing runs into.
        raise MeshFileError(f"{path} is damaged, or not the file that its name says.") from error
    if not len(target.faces):
        raise MeshFileError(f"{path} has no faces.")
    if not np.isfinite(target.vertices).all():
        raise MeshFileError(f"{path} has vertices whose coordinates are no finite numbers.")
    return target


def write_vertex_normals(target: TargetFile, normals: np.ndarray, path: str | Path) -> None:
    """Write the target's vertices in their order, its triangles and vertex normals (V, 3) as PLY.

    A failure leaves no half-written file. Raises MeshFileError when it cannot be written.
    """
    path = Path(path)
    mesh = trimesh.Trimesh(target.vertices, target.faces, vertex_normals=normals, process=False)
    try:
        write_atomically(path, mesh.export(file_type="ply", vertex_normal=True))
    except OSError as error:
        raise MeshFileError(f"{path} could not be written: {error.strerror}.") from error


def _read_by_trimesh(path: Path) -> TargetFile:
    scene = trimesh.load_scene(path, process=False, maintain_order=True)
    parts = [_placed(scene, node) for node in scene.graph.nodes_geometry]
    meshes = [part for part in parts if isinstance(part, trimesh.Trimesh)]
    counts = [len(mesh.vertices) for mesh in meshes]
    offsets = np.cumsum([0, *counts])
    uvs = [getattr(mesh.visual, "uv", None) for mesh in meshes]
    has_uvs = all(uv is not None and len(uv) == count for uv, count in zip(uvs, counts, strict=True))
    faces = [mesh.faces + offset for mesh, offset in zip(meshes, offsets, strict=False)]
    corner_uvs = [uv[mesh.faces] for uv, mesh in zip(uvs, meshes, strict=True)] if has_uvs else []
    return TargetFile(
        np.concatenate([np.empty((0, 3)), *(mesh.vertices for mesh in meshes)]),
        np.concatenate([np.empty((0, 3), np.int64), *faces]),
        np.concatenate([np.empty((0, 3, 3)), *(_unit_normals(mesh) for mesh in meshes)]),
        np.concatenate(corner_uvs) if corner_uvs else None,
    )


def _unit_normals(mesh: trimesh.Trimesh) -> np.ndarray:
    """The mesh's normals at the corners (T, 3, 3), which trimesh leaves as long as a file has them."""
    smooth = np.asarray(trimesh.Trimesh(mesh.vertices, mesh.faces, process=False).vertex_normals)
    return _normalized(mesh.vertex_normals[mesh.faces], smooth[mesh.faces])


def _placed(scene: trimesh.Scene, node: str) -> trimesh.Trimesh | trimesh.PointCloud:
    """A node's geometry where the scene has it; trimesh's own way to place it drops the file's normals."""
    matrix, name = scene.graph[node]
    part = scene.geometry[name]
    part = part.copy(include_cache=True) if isinstance(part, trimesh.Trimesh) else part.copy()
    return part.apply_transform(matrix)


def _read_obj(path: Path) -> TargetFile:
    """An OBJ file; trimesh splits and reorders the vertices of one with UVs."""
    columns: dict[str, list[list[float]]] = {"v": [], "vt": [], "vn": []}
    corners: list[list[tuple[int, ...]]] = []
    with path.open(encoding="utf-8", errors="replace") as lines:
        for keyword, *words in _statements(lines):
            if keyword in columns:
                columns[keyword].append([float(word) for word in words[: 2 if keyword == "vt" else 3]])
            elif keyword == "f":
                polygon = [_corner(word, columns) for word in words]
                corners += [[polygon[0], *pair] for pair in pairwise(polygon[1:])]
    vertices = np.array(columns["v"], dtype=np.float64).reshape(-1, 3)
    indices = np.array(corners, dtype=np.int64).reshape(-1, 3, 3)
    faces = indices[..., 0]
    if faces.size and not (faces.min() >= 0 and faces.max() < len(vertices)):
        raise ValueError("a face names a vertex that does not exist")
    smooth = np.asarray(trimesh.Trimesh(vertices, faces, process=False).vertex_normals)[faces]
    normals = _corner_normals(columns["vn"], indices[..., 2], smooth)
    return TargetFile(vertices, faces, normals, _corner_uvs(columns["vt"], indices[..., 1]))


def _statements(lines: Iterable[str]) -> Iterator[list[str]]:
    """The words of each statement without comments; one goes on in the next line after a backslash."""
    begun = ""
    for line in lines:
        statement = (begun + line.split("#")[0]).rstrip()
        begun = f"{statement[:-1]} " if statement.endswith("\\") else ""
        if statement and not begun:
            yield statement.split()


def _corner(word: str, columns: dict[str, list[list[float]]]) -> tuple[int, ...]:
    """Vertex, UV and normal of a corner such as 3/1/2, counted from 0; -1 for what it does not name."""
    parts = [*word.split("/"), "", ""][:3]
    return tuple(
        (int(part) - 1 if int(part) > 0 else len(columns[name]) + int(part)) if part else -1
        for part, name in zip(parts, columns, strict=True)
    )


def _corner_normals(rows: list[list[float]], indices: np.ndarray, smooth: np.ndarray) -> np.ndarray:
    """The file's normals at the corners, as unit vectors; the smooth ones (T, 3, 3) where it gives none."""
    if not rows:
        return smooth
    return _normalized(np.array([[0, 0, 0], *rows], dtype=np.float64)[np.maximum(indices, -1) + 1], smooth)


def _normalized(given: np.ndarray, smooth: np.ndarray) -> np.ndarray:
    """Normals (T, 3, 3) as unit vectors, and the smooth ones in place of those that have no direction."""
    lengths = np.linalg.norm(given, axis=-1, keepdims=True)
    has_direction = np.isfinite(lengths) & (lengths > 0)
    return np.where(has_direction, given / np.where(has_direction, lengths, 1), smooth)


def _corner_uvs(rows: list[list[float]], indices: np.ndarray) -> np.ndarray | None:
    """The file's UVs at each corner, or None where a corner has none."""
    if not rows or indices.min(initial=0) < 0:
        return None
    return np.array(rows, dtype=np.float64)[indices]
