"""Triangle meshes as arrays: the source of every neural shape and the result of every extraction."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class TriangleMesh:
    """Vertices (V, 3) float64 and faces (F, 3) int64; a face's normal follows its order anticlockwise.

    Units are those of the caller: scene units for a mesh as it came, domain units once placed.
    """

    vertices: np.ndarray
    faces: np.ndarray

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "vertices", np.ascontiguousarray(self.vertices, dtype=np.float64).reshape(-1, 3)
        )
        object.__setattr__(self, "faces", np.ascontiguousarray(self.faces, dtype=np.int64).reshape(-1, 3))

    @cached_property
    def corners(self) -> np.ndarray:
        """Positions of each face's corners, (F, 3, 3)."""
        return self.vertices[self.faces]

    @cached_property
    def face_normals(self) -> np.ndarray:
        """Unit normals (F, 3); zero for faces without area."""
        cross = self._area_vectors
        length = np.linalg.norm(cross, axis=1, keepdims=True)
        return np.divide(cross, length, out=np.zeros_like(cross), where=length > 0)

    @cached_property
    def face_areas(self) -> np.ndarray:
        """Areas (F,), in the square of the mesh's unit."""
        return 0.5 * np.linalg.norm(self._area_vectors, axis=1)

    @property
    def volume(self) -> float:
        """Signed volume by the divergence theorem: positive when normals point outwards."""
        a, b, c = np.moveaxis(self.corners - self.vertices.mean(axis=0), 1, 0)
        return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)

    @property
    def digest(self) -> str:
        """A digest of the vertices, in 32 bits as Blender keeps them, and the faces."""
        digest = hashlib.sha256(self.vertices.astype("<f4").tobytes())
        digest.update(self.faces.astype("<i4").tobytes())
        return digest.hexdigest()

    def without_unused_vertices(self) -> "TriangleMesh":
        """The same faces on the vertices that they use, which keep their order."""
        is_used = np.zeros(len(self.vertices), dtype=bool)
        is_used[self.faces.reshape(-1)] = True
        return TriangleMesh(self.vertices[is_used], (np.cumsum(is_used) - 1)[self.faces])

    @cached_property
    def _area_vectors(self) -> np.ndarray:
        a, b, c = np.moveaxis(self.corners, 1, 0)
        return np.cross(b - a, c - a)
