"""Placement: the similarity between object space and the unit domain."""

from dataclasses import dataclass

import numpy as np

from .mesh import TriangleMesh

# Largest |coordinate| of a placed mesh: leaves room for bands and offsets inside [-1, 1] (design, section 3).
DOMAIN_EXTENT = 0.9


@dataclass(frozen=True)
class Placement:
    """domain = (object - centre) scale; ``centre`` in object units, ``scale`` in domain per object unit."""

    centre: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: float = 1.0

    @classmethod
    def of_mesh(cls, mesh: TriangleMesh) -> "Placement":
        """The placement that centres the mesh's bounding box and makes its largest |coordinate| 0.9.

        Raises ValueError when the mesh has no extent.
        """
        low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
        half_extent = float((high - low).max() / 2)
        if not half_extent > 0:
            raise ValueError("A mesh without extent cannot be placed in the unit domain.")
        centre = (low + high) / 2
        return cls((float(centre[0]), float(centre[1]), float(centre[2])), DOMAIN_EXTENT / half_extent)

    def to_domain(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 3) of object space in the unit domain, float64."""
        return (np.asarray(points, dtype=np.float64) - self.centre) * self.scale

    def to_object(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 3) of the unit domain in object space, float64."""
        return np.asarray(points, dtype=np.float64) / self.scale + self.centre

    def mesh_to_domain(self, mesh: TriangleMesh) -> TriangleMesh:
        """A mesh of object space placed in the unit domain."""
        return TriangleMesh(self.to_domain(mesh.vertices), mesh.faces)

    def mesh_to_object(self, mesh: TriangleMesh) -> TriangleMesh:
        """A mesh of the unit domain in object space."""
        return TriangleMesh(self.to_object(mesh.vertices), mesh.faces)
