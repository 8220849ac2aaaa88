"""The part of a source's boundary at which its neural surface can be cut, found by trying it out."""

import igl
import numpy as np

from ..fields.field import Field
from ..geometry.distance import SignedDistance
from ..geometry.open_edges import open_edges
from ..geometry.surface_boundary import SurfaceBoundary
from .isosurface import Isosurface, NoSurfaceError, extract_isosurface
from .trimming import heights_above

# Cells along an axis of the surfaces that are cut on trial: what is cut off may depend on them.
RESOLUTIONS = (96, 160)
# Share of what is cut off that may have been part of the source. Through an opening that another part fills,
# such as an eye in its socket, all of that part is cut off.
LARGEST_LOSS = 0.2


def trimmable_boundary(distance: SignedDistance, field: Field) -> SurfaceBoundary | None:
    """The boundary of a source (``solid_distance``, in domain units) without those loops of it beyond which
    the source goes on elsewhere; None when there is nothing to cut off.
    """
    boundary = open_edges(distance)
    if boundary is None:
        return None
    try:
        surfaces = [extract_isosurface(field, resolution) for resolution in RESOLUTIONS]
    except NoSurfaceError:
        return None
    is_lossless = np.zeros(1, dtype=bool)
    # Without one loop, regions that it bounded may be cut off at another.
    while boundary is not None and not is_lossless.all():
        is_lossless = np.ones(len(boundary.ends), dtype=bool)
        for surface in surfaces:
            is_lossless &= _is_lossless(surface, boundary, distance)
        boundary = boundary.part(is_lossless)
    return boundary


def _is_lossless(surface: Isosurface, boundary: SurfaceBoundary, distance: SignedDistance) -> np.ndarray:
    """Whether each edge (E,) belongs to a loop at which little of the source is cut off a surface."""
    heights = heights_above(surface.mesh, boundary, surface.spacing, 0.0)
    cut = np.flatnonzero((heights.heights < 0) & (heights.distances > surface.spacing))
    loops = _loops(boundary)
    loop_of_cut = loops[heights.edges[cut]]
    # The closest point of the source is not on the boundary where the source is clearly nearer than that.
    is_lost = distance.closest_points(surface.mesh.vertices[cut]).distances < heights.distances[cut] / 2
    lost = np.bincount(loop_of_cut, is_lost, minlength=loops.max() + 1)
    losses = lost / np.maximum(np.bincount(loop_of_cut, minlength=loops.max() + 1), 1)
    return losses[loops] <= LARGEST_LOSS


def _loops(boundary: SurfaceBoundary) -> np.ndarray:
    """For each edge (E,) the number of the connected part of the boundary that it belongs to."""
    _, vertices = np.unique(boundary.ends.reshape(-1, 3), axis=0, return_inverse=True)
    edges = vertices.reshape(-1, 2)
    return igl.vertex_components(edges)[edges[:, 0]]
