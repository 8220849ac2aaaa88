"""Small meshes whose distances are known."""

import numpy as np
import pytest
import trimesh
from neural_shapes.core.geometry.mesh import TriangleMesh


def _as_mesh(solid: trimesh.Trimesh) -> TriangleMesh:
    return TriangleMesh(np.asarray(solid.vertices), np.asarray(solid.faces))


@pytest.fixture(scope="session")
def ball() -> TriangleMesh:
    """A sphere of radius 3 around (10, -5, 2), in object space."""
    solid = trimesh.creation.icosphere(subdivisions=4, radius=3.0)
    solid.apply_translation((10.0, -5.0, 2.0))
    return _as_mesh(solid)


@pytest.fixture(scope="session")
def ring() -> TriangleMesh:
    """A torus of radii 0.6 and 0.25, within the unit domain."""
    return _as_mesh(trimesh.creation.torus(0.6, 0.25, major_sections=96, minor_sections=48))
