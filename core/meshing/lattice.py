"""A field's values at the points of a cubic lattice, computed only where they are asked for."""

from collections.abc import Callable

import numpy as np

from ..fields.field import Field

# Points between two calls of the progress callback: some 50 ms of a (128,2) network on one core.
CHUNK_POINTS = 32_768


class Lattice:
    """The points -extent + spacing (i, j, k) with values of field - offset, in domain units.

    ``cells`` per axis fill the cube [-extent, extent]^3; indices may go a few cells beyond it, up to
    ``stored_cells``. Unasked values cost no memory where the system gives it out lazily.
    """

    def __init__(self, field: Field, offset: float, cells: int, stored_cells: int, extent: float) -> None:
        self._field = field
        self._offset = np.float32(offset)
        self.cells = cells
        self.extent = extent
        self.spacing = 2 * extent / cells
        self.values = np.zeros((stored_cells + 1,) * 3, dtype=np.float32)
        self._is_known = np.zeros(self.values.size, dtype=bool)
        self.evaluations = 0

    @property
    def evaluated_share(self) -> float:
        """Evaluations so far over those of the whole lattice."""
        return self.evaluations / (self.cells + 1) ** 3

    def positions(self, indices: np.ndarray) -> np.ndarray:
        """Positions (..., 3) of lattice indices, whole or fractional, in float64."""
        return np.asarray(indices, dtype=np.float64) * self.spacing - self.extent

    def at(self, indices: np.ndarray, progress: Callable[[float], None] | None = None) -> np.ndarray:
        """Values at lattice indices (..., 3), float32 (...); each point is evaluated once ever.

        ``progress`` is told the share of this request that is done, and may raise to stop.
        """
        flat = np.ravel_multi_index(tuple(np.moveaxis(indices, -1, 0)), self.values.shape)
        missing = np.unique(flat[~self._is_known[flat]])
        values = self.values.reshape(-1)
        for start in range(0, len(missing), CHUNK_POINTS):
            chunk = missing[start : start + CHUNK_POINTS]
            points = self.positions(np.stack(np.unravel_index(chunk, self.values.shape), axis=-1))
            values[chunk] = self._field.value(points.astype(np.float32)) - self._offset
            self._is_known[chunk] = True
            self.evaluations += len(chunk)
            if progress is not None:
                progress((start + len(chunk)) / len(missing))
        return values[flat]
