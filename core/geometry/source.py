"""What a neural shape is trained on: a triangle mesh or oriented points, as a solid in the domain."""

from dataclasses import dataclass, replace

import numpy as np

from .cleaning import cleaned_with_repairs
from .distance import SignedDistance
from .mesh import TriangleMesh
from .orientation import turned_count
from .oriented_points import OrientedPoints, cleaned_points
from .placement import Placement
from .point_distance import point_distance
from .repairs import Repairs
from .solid import solid_distance

Source = TriangleMesh | OrientedPoints


@dataclass(frozen=True)
class PlacedSource:
    """A source in the domain: the distance to the solid that it bounds, and what was repaired of it."""

    placement: Placement
    solid: SignedDistance
    repairs: Repairs


def placed_source(source: Source, placement: Placement | None = None) -> PlacedSource:
    """A source as it came, cleaned and put where the placement has it, which is by default its own.

    Raises MeshError and PointsError for one that bounds no solid.
    """
    if isinstance(source, OrientedPoints):
        cloud = cleaned_points(source)
        placement = placement or Placement.of_mesh(TriangleMesh(cloud.points, np.empty((0, 3))))
        placed = OrientedPoints(placement.to_domain(cloud.points), cloud.normals)
        return PlacedSource(placement, point_distance(placed), Repairs())
    mesh, repairs = cleaned_with_repairs(source)
    return placed_mesh(mesh, repairs, placement or Placement.of_mesh(mesh))


def placed_mesh(mesh: TriangleMesh, repairs: Repairs, placement: Placement) -> PlacedSource:
    """A mesh that cleaning has repaired so, put where the placement has it.

    Raises MeshError for one that bounds no solid.
    """
    solid = solid_distance(placement.mesh_to_domain(mesh))
    turned = turned_count(mesh, solid.walls)
    hidden = len(solid.walls.faces) - len(solid.mesh.faces)
    return PlacedSource(placement, solid, replace(repairs, turned=turned, hidden=hidden))
