"""What is painted on a morph's first mesh, and at points near it: colours, texture coordinates, materials."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..geometry.distance import SignedDistance
from ..geometry.mesh import TriangleMesh


@dataclass(frozen=True)
class PaintedMesh:
    """The first mesh in its object's space, with what its corners and faces carry.

    ``colours`` (F, 3, 4) are linear, ``uvs`` are (F, 3, 2), both of the corners; ``materials`` (F,) are
    numbers from 0 on. Each is None where there is none.
    """

    mesh: TriangleMesh
    colours: np.ndarray | None = None
    uvs: np.ndarray | None = None
    materials: np.ndarray | None = None

    def at(self, points: np.ndarray) -> "Carried":
        """What the closest points to points (N, 3) of the mesh's space carry."""
        closest = self._distance.closest_points(points)
        weights = _barycentric(self.mesh.corners[closest.faces], closest.points)
        return Carried(
            None if self.colours is None else _interpolated(self.colours[closest.faces], weights),
            None if self.uvs is None else _interpolated(self.uvs[closest.faces], weights),
            None if self.materials is None else self.materials[closest.faces],
        )

    @cached_property
    def digest(self) -> str:
        """A digest of the mesh and all that it carries."""
        digest = hashlib.sha256(self.mesh.digest.encode())
        for values in (self.colours, self.uvs, self.materials):
            digest.update(b"-" if values is None else np.ascontiguousarray(values, dtype="<f4").tobytes())
        return digest.hexdigest()

    @cached_property
    def _distance(self) -> SignedDistance:
        return SignedDistance(self.mesh)


@dataclass(frozen=True)
class Carried:
    """Colours (N, 4), texture coordinates (N, 2) and numbers of materials (N,) at points, where there are."""

    colours: np.ndarray | None = None
    uvs: np.ndarray | None = None
    materials: np.ndarray | None = None


def _interpolated(corners: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.einsum("nk,nkc->nc", weights, corners)


def _barycentric(corners: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Weights (N, 3) of triangles' corners (N, 3, 3) that make points (N, 3) on them.

    In float64, by areas against the normal; a triangle without area gives all to its first corner.
    """
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    squares = np.einsum("nx,nx->n", normals, normals)
    opposite = [
        np.einsum("nx,nx->n", np.cross(corners[:, (k + 2) % 3] - corners[:, (k + 1) % 3],
                                       points - corners[:, (k + 1) % 3]), normals)
        for k in range(3)
    ]  # fmt: skip
    flat = squares == 0
    weights = np.stack(opposite, axis=1) / np.where(flat, 1, squares)[:, None]
    weights[flat] = (1, 0, 0)
    return weights
