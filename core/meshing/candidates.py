"""Finds the cells of a lattice that the surface can pass through, from few values and a Lipschitz bound.

Where |f| at a point exceeds the bound times the distance to another point, f has the same sign there.
"""

from collections.abc import Callable

import numpy as np

from .lattice import Lattice

# Blocks are halved from this many cells a side down to two, whose centre is a lattice point too.
COARSEST_STRIDE = 8

_OCTANTS = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), axis=-1).reshape(-1, 3)


def candidate_cells(
    lattice: Lattice, lipschitz: float, progress: Callable[[float], None] | None = None
) -> np.ndarray:
    """Lower corners (N, 3) of all cells that may hold a change of sign, if ``lipschitz`` is a true bound."""
    blocks = all_blocks(lattice.cells, COARSEST_STRIDE)
    stride = COARSEST_STRIDE
    while stride > 2:
        near = blocks[_reaches_surface(lattice, blocks, stride, lipschitz)]
        blocks = (2 * near[:, None] + _OCTANTS).reshape(-1, 3)
        stride //= 2
    blocks = blocks[_reaches_surface(lattice, blocks, 2, lipschitz)]
    return _cells_of_blocks(lattice, blocks, lipschitz, progress)


def all_blocks(cells: int, stride: int) -> np.ndarray:
    """Indices (N, 3) of the blocks of ``stride`` cells a side that cover ``cells`` cells a side."""
    count = -(-cells // stride)
    return np.stack(np.unravel_index(np.arange(count**3), (count,) * 3), axis=-1)


def corner_values(
    lattice: Lattice, cells: np.ndarray, progress: Callable[[float], None] | None = None
) -> np.ndarray:
    """Values (N, 8) at the corners of cells given by their lower corners (N, 3)."""
    return lattice.at(cells[:, None] + _OCTANTS, progress)


def _reaches_surface(lattice: Lattice, blocks: np.ndarray, stride: int, lipschitz: float) -> np.ndarray:
    """Whether the centre's value leaves room for a change of sign within each block."""
    half_diagonal = np.sqrt(3) / 2 * stride * lattice.spacing
    return np.abs(lattice.at(blocks * stride + stride // 2)) <= lipschitz * half_diagonal


def _cells_of_blocks(
    lattice: Lattice, blocks: np.ndarray, lipschitz: float, progress: Callable[[float], None] | None
) -> np.ndarray:
    """Those of the eight cells of each block of two that may hold a change of sign.

    A cell's opposite corners, the block's centre and one of its corners, are known; of the other six,
    three are one side away from the first and a face's diagonal from the second, three the other way round.
    """
    cells = 2 * blocks[:, None] + _OCTANTS
    centre = lattice.at(2 * blocks + 1)[:, None]
    corner = lattice.at(2 * (blocks[:, None] + _OCTANTS), progress)
    side = lipschitz * lattice.spacing
    beyond_side = np.abs(centre) > side, np.abs(corner) > side
    beyond_diagonal = np.abs(centre) > np.sqrt(2) * side, np.abs(corner) > np.sqrt(2) * side
    is_settled = (
        ((centre > 0) == (corner > 0))
        & (beyond_side[0] | beyond_diagonal[1])
        & (beyond_diagonal[0] | beyond_side[1])
    )
    return cells[~is_settled & (cells < lattice.cells).all(axis=-1)]
