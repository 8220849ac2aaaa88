"""What a neural shape is trained on: a triangle mesh or oriented points, as a solid in the domain."""

import numpy as np

from .cleaning import cleaned
from .distance import SignedDistance
from .mesh import TriangleMesh
from .oriented_points import OrientedPoints, cleaned_points
from .placement import Placement
from .point_distance import point_distance
from .solid import solid_distance

Source = TriangleMesh | OrientedPoints


def cleaned_source(source: Source) -> Source:
    """A source without what carries no shape. Raises MeshError and PointsError as their cleaning does."""
    return cleaned_points(source) if isinstance(source, OrientedPoints) else cleaned(source)


def placement_of(source: Source) -> Placement:
    """The placement of a cleaned source in the unit domain."""
    points = source.points if isinstance(source, OrientedPoints) else source.vertices
    return Placement.of_mesh(TriangleMesh(points, np.empty((0, 3))))


def placed_solid(source: Source, placement: Placement) -> SignedDistance:
    """The signed distance, in domain units, of the solid that a cleaned source bounds."""
    if isinstance(source, OrientedPoints):
        return point_distance(OrientedPoints(placement.to_domain(source.points), source.normals))
    return solid_distance(placement.mesh_to_domain(source))
