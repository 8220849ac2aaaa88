"""The volume inside a field, counted at one random point in each cell of a lattice, and that of a solid."""

import numpy as np

from ..fields.field import Field
from .distance import SignedDistance
from .distance_field import DistanceField
from .mesh import TriangleMesh

# Blocks whose centre is farther from the surface than their points can be are counted as a whole.
BLOCK_STRIDES = (8, 4, 2)
# Fields are steeper in places than a distance: slopes up to this leave the count exact.
STEEPEST_SLOPE = 2.0
# Cells an axis by which the volume of an open mesh is counted, and what the parts of a closed one have in
# common: either leaves an error of some 0.05% (measured).
OPEN_CELLS, OVERLAP_CELLS = 96, 64

# Unlike regular points, random ones do not beat with flat faces of the shape (methods: lattice counts alias).


def jittered_volume(field: Field, cells: int, generator: np.random.Generator) -> float:
    """The volume of {field < 0} in [-1, 1]^3, from one uniform point in each of cells^3 cells.

    ``field`` has three coordinates; ``cells`` is a multiple of 8. In cubed domain units.
    """
    return jittered_volumes(field, cells, np.zeros(1), generator)[0]


def jittered_volumes(
    field: Field, cells: int, offsets: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """The volumes of {field < offset} for small offsets (M,), all from the same points: float64 (M,)."""
    reach = float(np.abs(offsets).max())
    blocks = _cells_of(np.zeros((1, 3), dtype=np.int64), cells // BLOCK_STRIDES[0])
    inside = 0
    for index, stride in enumerate(BLOCK_STRIDES):
        side = 2 * stride / cells
        values = field.value(((blocks + 0.5) * side - 1).astype(np.float32))
        near = np.abs(values) <= STEEPEST_SLOPE * np.sqrt(3) / 2 * side + reach
        inside += int((values[~near] < 0).sum()) * stride**3
        following = (*BLOCK_STRIDES, 1)[index + 1]
        blocks = _cells_of(blocks[near], stride // following)
    points = (blocks + generator.random(blocks.shape)) * (2 / cells) - 1
    values = field.value(points.astype(np.float32))
    counts = inside + (values[:, None] < offsets).sum(axis=0)
    return counts * (2 / cells) ** 3


def solid_volume(solid: SignedDistance) -> float:
    """The volume of a solid placed in the domain, in cubed domain units.

    Exact where the surface is closed and goes around each point once at most. What its parts have in common,
    where they cross, is counted and taken off; an open surface's volume is counted as a whole.
    """
    generator = np.random.default_rng(0)
    mesh = solid.mesh
    if not _is_closed(mesh):
        return jittered_volume(DistanceField(solid), OPEN_CELLS, generator)
    low, size = mesh.vertices.min(axis=0), np.ptp(mesh.vertices, axis=0)
    cells = _cells_of(np.zeros((1, 3), dtype=np.int64), OVERLAP_CELLS)
    points = low + (cells + generator.random(cells.shape)) * (size / OVERLAP_CELLS)
    # The divergence theorem counts a point as often as the surface goes around it.
    turns = np.rint(SignedDistance(mesh).winding_number(points))
    return mesh.volume - float((turns - (turns != 0)).mean() * size.prod())


def _is_closed(mesh: TriangleMesh) -> bool:
    """Whether every edge has two faces."""
    edges = np.concatenate([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]], mesh.faces[:, [2, 0]]])
    return bool((np.unique(np.sort(edges, axis=1), axis=0, return_counts=True)[1] == 2).all())


def _cells_of(blocks: np.ndarray, parts: int) -> np.ndarray:
    """Indices (N parts^3, 3) of the parts of blocks (N, 3), each split into ``parts`` along every axis."""
    steps = np.stack(np.unravel_index(np.arange(parts**3), (parts,) * 3), axis=-1)
    return (blocks[:, None] * parts + steps).reshape(-1, 3)
