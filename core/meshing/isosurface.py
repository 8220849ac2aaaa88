"""Isosurfaces: a field's level set as a triangle mesh, evaluated only near the surface."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from skimage.measure import marching_cubes

from ..errors import NeuralShapesError, is_out_of_memory
from ..fields.field import Field
from ..geometry.distance import SignedDistance
from ..geometry.distance_field import DistanceField
from ..geometry.lipschitz import measured_lipschitz
from ..geometry.mesh import TriangleMesh
from ..geometry.placement import DOMAIN_EXTENT
from ..geometry.sampling import BEYOND_DOMAIN
from .candidates import COARSEST_STRIDE, all_blocks, candidate_cells, corner_values
from .lattice import Lattice

# Room between a shape of the largest placed size, moved out by an offset, and the lattice's faces.
MARGIN = 0.02
SMALLEST_RESOLUTION, LARGEST_RESOLUTION = 8, 1024
# Cells along an axis where nobody says otherwise, and those of the surface that is measured.
DEFAULT_RESOLUTION = 256
# Part of the time that the surface takes whose distances a large offset needs (measured at 256^3).
SHARE_OF_DISTANCES = 0.25
# Gradients measured in the blocks around the surface, and how much steeper the field may be elsewhere.
LIPSCHITZ_SAMPLES = 4096
LIPSCHITZ_MARGIN = 1.1


class IsosurfaceError(NeuralShapesError):
    """A surface that cannot be extracted; the text says why and what to do."""


class NoSurfaceError(IsosurfaceError):
    """A field that has one sign in the whole domain."""


class SurfaceMemoryError(IsosurfaceError):
    """A surface of a resolution for which memory ran out."""


@dataclass(frozen=True)
class Isosurface:
    """The level set with normals along the gradient and the size of the lattice's cells, in domain units, and
    the share of the lattice evaluated."""

    mesh: TriangleMesh
    spacing: float
    evaluated_share: float


def extract_isosurface(
    field: Field,
    resolution: int = 256,
    offset: float = 0.0,
    progress: Callable[[float], None] | None = None,
) -> Isosurface:
    """The surface {field = offset}, by marching cubes (Lewiner et al. 2003) on ``resolution`` cells a side.

    ``offset`` is in domain units, positive outwards; the lattice covers [-1, 1]^3, and more where the offset
    needs it. Where that is more than networks are sampled in, the surface is the one at that distance from
    {field = 0}. The result is that of evaluating the whole lattice as long as the measured Lipschitz bound
    holds; where it does not, the surface is still followed from cell to cell, so that it has no holes.
    ``progress`` is told the share done, and may raise to stop.

    Raises NoSurfaceError when there is no surface, SurfaceMemoryError when there is not enough memory, and
    IsosurfaceError when the resolution is out of bounds.
    """
    if not SMALLEST_RESOLUTION <= resolution <= LARGEST_RESOLUTION:
        raise IsosurfaceError(
            f"A resolution of {resolution} is not possible; choose one from {SMALLEST_RESOLUTION}"
            f" to {LARGEST_RESOLUTION}."
        )
    stored_cells = -(-resolution // COARSEST_STRIDE) * COARSEST_STRIDE
    extent = max(1.0, DOMAIN_EXTENT + offset + MARGIN)
    if extent > 1 + BEYOND_DOMAIN:
        field = _distances(field, _part(progress, 0, SHARE_OF_DISTANCES))
        progress = _part(progress, SHARE_OF_DISTANCES, 1)
    with within_memory(resolution):
        surface = _surface(Lattice(field, offset, resolution, stored_cells, extent), field, progress)
    if progress is not None:
        progress(1.0)
    return surface


@contextmanager
def within_memory(resolution: int) -> Iterator[None]:
    """Raises SurfaceMemoryError where memory runs out within."""
    try:
        yield
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        raise SurfaceMemoryError(
            f"There is not enough memory for a resolution of {resolution}; choose a smaller one, or close"
            " other programs."
        ) from error


def _distances(field: Field, progress: Callable[[float], None] | None) -> DistanceField:
    """The distance to {field = 0}: right also where networks are not sampled, and their sines repeat.

    However few cells the offset surface has, thin parts of the one that it is measured from must not be lost.
    """
    try:
        surface = extract_isosurface(field, DEFAULT_RESOLUTION, progress=progress)
    except SurfaceMemoryError as error:
        # Nobody has chosen this resolution, and a smaller one for the offset surface would not help.
        raise SurfaceMemoryError(
            "There is not enough memory for so large an offset; choose one nearer to zero, or close other"
            " programs."
        ) from error
    return DistanceField(SignedDistance(surface.mesh))


def _surface(lattice: Lattice, field: Field, progress: Callable[[float], None] | None) -> Isosurface:
    cells = candidate_cells(lattice, _lipschitz_bound(field, lattice), _part(progress, 0, 0.3))
    crossed = _followed(lattice, cells, _part(progress, 0.3, 0.9))
    if not crossed.any():
        raise NoSurfaceError("The field has no surface at this offset; choose one nearer to zero.")
    vertices, faces, _, _ = marching_cubes(lattice.values, 0.0, mask=crossed)
    mesh = TriangleMesh(lattice.positions(vertices), faces)
    return Isosurface(mesh, lattice.spacing, lattice.evaluated_share)


def _lipschitz_bound(field: Field, lattice: Lattice) -> float:
    """The steepest gradient at random points of the coarsest blocks around the surface, with a margin."""
    blocks = all_blocks(lattice.cells, COARSEST_STRIDE)
    values = np.abs(lattice.at(blocks * COARSEST_STRIDE + COARSEST_STRIDE // 2))
    diagonal = np.sqrt(3) * COARSEST_STRIDE * lattice.spacing
    near = blocks[~(values > max(diagonal, values.min()))]
    generator = np.random.default_rng(0)
    chosen = near[generator.integers(len(near), size=LIPSCHITZ_SAMPLES)]
    points = lattice.positions(COARSEST_STRIDE * (chosen + generator.random(chosen.shape)))
    return LIPSCHITZ_MARGIN * measured_lipschitz(field, points.astype(np.float32))


def _followed(lattice: Lattice, cells: np.ndarray, progress: Callable[[float], None] | None) -> np.ndarray:
    """The cells with a change of sign, and those that the surface goes on into through their faces.

    Marked as marching_cubes wants it: a boolean per lattice point, true at a crossed cell's upper corner.
    """
    crossed = np.zeros(lattice.values.shape, dtype=bool)
    seen = np.zeros(lattice.values.shape, dtype=bool)
    while len(cells):
        seen[tuple(cells.T)] = True
        corners = corner_values(lattice, cells, progress).reshape(-1, 2, 2, 2)
        is_crossed = _spans_zero(corners.reshape(-1, 8))
        crossed[tuple(cells[is_crossed].T + 1)] = True
        beyond = _beyond_crossed_faces(cells[is_crossed], corners[is_crossed])
        beyond = beyond[((beyond >= 0) & (beyond < lattice.cells)).all(axis=1)]
        cells = np.unique(beyond[~seen[tuple(beyond.T)]], axis=0)
    return crossed


def _beyond_crossed_faces(cells: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """The neighbours (N, 3) of cells across those of their faces that the surface passes through."""
    neighbours = []
    for axis in range(3):
        for side in (0, 1):
            step = np.zeros(3, dtype=np.int64)
            step[axis] = 2 * side - 1
            face = corners.take(side, axis=axis + 1).reshape(-1, 4)
            neighbours.append(cells[_spans_zero(face)] + step)
    return np.concatenate(neighbours)


def _spans_zero(values: np.ndarray) -> np.ndarray:
    """Whether each row of values (N, K) holds both signs; zero counts as negative, as in marching_cubes."""
    return (values.min(axis=1) <= 0) & (values.max(axis=1) > 0)


def _part(progress: Callable[[float], None] | None, start: float, end: float) -> Callable | None:
    """A callback for one part of the work, which tells ``progress`` the share of the whole."""
    if progress is None:
        return None
    return lambda share: progress(start + (end - start) * share)
