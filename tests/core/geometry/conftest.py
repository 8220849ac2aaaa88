"""Meshes of known solids, and what artists do to them."""

import igl
import numpy as np
import pytest
from neural_shapes.core.geometry.mesh import TriangleMesh


class Solids:
    """Makes meshes; the shapes are known exactly, so that tests have oracles."""

    @staticmethod
    def box(
        half_size: tuple[float, float, float] = (0.5, 0.4, 0.3), centre: tuple = (0, 0, 0)
    ) -> TriangleMesh:
        corners = np.stack(np.meshgrid([-1, 1], [-1, 1], [-1, 1], indexing="ij"), axis=-1).reshape(-1, 3)
        quads = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
        faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
        return TriangleMesh(corners * np.array(half_size) + centre, faces)

    @staticmethod
    def sphere(radius: float = 0.5, centre: tuple = (0, 0, 0), subdivisions: int = 4) -> TriangleMesh:
        vertices, faces = igl.icosahedron()
        for _ in range(subdivisions):
            vertices, faces = igl.upsample(vertices, faces)
        vertices = vertices / np.linalg.norm(vertices, axis=1, keepdims=True)
        return TriangleMesh(vertices * radius + centre, faces)

    @staticmethod
    def inside_out(mesh: TriangleMesh) -> TriangleMesh:
        return TriangleMesh(mesh.vertices, mesh.faces[:, ::-1])

    @staticmethod
    def joined(*meshes: TriangleMesh) -> TriangleMesh:
        offsets = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
        faces = [mesh.faces + offset for mesh, offset in zip(meshes, offsets, strict=False)]
        return TriangleMesh(np.concatenate([mesh.vertices for mesh in meshes]), np.concatenate(faces))


@pytest.fixture(scope="session")
def solids() -> type[Solids]:
    return Solids
