"""The volume inside a field, counted at one random point in each cell of a lattice."""

import numpy as np

from ..fields.field import Field

# Blocks whose centre is farther from the surface than their points can be are counted as a whole.
BLOCK_STRIDES = (8, 4, 2)
# Fields are steeper in places than a distance: slopes up to this leave the count exact.
STEEPEST_SLOPE = 2.0

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


def _cells_of(blocks: np.ndarray, parts: int) -> np.ndarray:
    """Indices (N parts^3, 3) of the parts of blocks (N, 3), each split into ``parts`` along every axis."""
    steps = np.stack(np.unravel_index(np.arange(parts**3), (parts,) * 3), axis=-1)
    return (blocks[:, None] * parts + steps).reshape(-1, 3)
