"""Samples carry exact labels, and batches use them all before they repeat one."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from neural_shapes.core.geometry.distance import SignedDistance
from neural_shapes.core.learning.recipes import DRAFT, UNIFORM, Samples
from neural_shapes.core.learning.samples import Pool, draw_samples

CPU = torch.device("cpu")


def _torus_distance(points: torch.Tensor) -> torch.Tensor:
    return torch.hypot(torch.hypot(points[:, 0], points[:, 1]) - 0.6, points[:, 2]) - 0.25


@pytest.fixture(scope="module")
def samples(ring):
    levels = [(level, 20) for level in DRAFT.levels]
    return draw_samples(SignedDistance(ring), levels, np.random.default_rng(0), CPU, lambda share: None)


def test_labels_are_distances_to_the_source(samples):
    # The polygons of the torus lie up to 1.2e-3 inside the smooth one.
    for points, distances in samples.labelled.values():
        torch.testing.assert_close(distances, _torus_distance(points), atol=1.5e-3, rtol=0)


def test_displaced_points_are_as_far_away_as_their_deviation_says(samples):
    for deviation, (_, distances) in samples.labelled.items():
        if deviation != UNIFORM and deviation < 0.02:
            assert float(distances.std()) == pytest.approx(deviation, rel=0.15)


def test_surface_points_carry_outward_normals(samples):
    points, normals = samples.surface
    step = 1e-2
    assert float((_torus_distance(points + step * normals) - _torus_distance(points)).mean()) > 0.9 * step


def test_no_more_points_are_labelled_than_batches_draw(ring):
    level = replace(DRAFT.levels[0], samples=Samples(displaced={0.01: 0.25}, uniform=0.75), batch=100)
    generator = np.random.default_rng(0)
    drawn = draw_samples(SignedDistance(ring), [(level, 3)], generator, CPU, lambda share: None)
    assert {kind: len(points.points) for kind, points in drawn.labelled.items()} == {0.01: 75, UNIFORM: 225}


def test_a_pool_repeats_no_row_before_all_were_drawn():
    pool = Pool((torch.arange(10), torch.arange(10) * 2), torch.Generator().manual_seed(0))
    rows = [pool.draw(4) for _ in range(5)]
    numbers = torch.cat([first for first, _ in rows])
    assert sorted(numbers[:10].tolist()) == sorted(numbers[10:].tolist()) == list(range(10))
    assert all((second == 2 * first).all() for first, second in rows)
