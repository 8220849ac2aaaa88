"""No cell that the surface passes through is left out, and most others are."""

import numpy as np
import pytest
from neural_shapes.core.fields.analytic import Box, Sphere, Torus
from neural_shapes.core.meshing.candidates import candidate_cells
from neural_shapes.core.meshing.lattice import Lattice

CELLS = 48


def crossed_cells(lattice: Lattice) -> np.ndarray:
    """Every cell of the lattice whose corners differ in sign, from a dense evaluation."""
    indices = np.stack(np.meshgrid(*[np.arange(CELLS + 1)] * 3, indexing="ij"), axis=-1)
    is_positive = lattice.at(indices.reshape(-1, 3)).reshape((CELLS + 1,) * 3) > 0
    corners = [is_positive[i : i + CELLS, j : j + CELLS, k : k + CELLS] for i, j, k in np.ndindex((2, 2, 2))]
    return np.argwhere(np.any(corners, axis=0) & ~np.all(corners, axis=0))


@pytest.mark.parametrize("shift", np.linspace(-0.02, 0.02, 5))
@pytest.mark.parametrize("shape", [Sphere(0.7), Torus(), Box()], ids=lambda shape: type(shape).__name__)
def test_all_crossed_cells_of_a_distance_field_are_candidates(shape, shift: float) -> None:
    expected = set(map(tuple, crossed_cells(Lattice(shape, shift, CELLS, CELLS, 1.0))))
    lattice = Lattice(shape, shift, CELLS, CELLS, 1.0)
    candidates = set(map(tuple, candidate_cells(lattice, lipschitz=1.0)))
    assert expected
    assert expected <= candidates
    assert len(candidates) < 3 * len(expected)


def test_no_point_is_evaluated_twice() -> None:
    class Counting(Sphere):
        seen = np.empty((0, 3), np.float32)

        def value(self, points: np.ndarray) -> np.ndarray:
            Counting.seen = np.concatenate([Counting.seen, points])
            return super().value(points)

    lattice = Lattice(Counting(0.7), 0.0, CELLS, CELLS, 1.0)
    candidate_cells(lattice, lipschitz=1.0)
    assert len(np.unique(Counting.seen, axis=0)) == len(Counting.seen) == lattice.evaluations
