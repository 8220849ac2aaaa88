"""Rasterisation finds every texel centre in a UV layout, once, and where it lies."""

import numpy as np
import pytest
from neural_shapes.core.mapping.texels import rasterise, sample_offsets


def square_of_triangles(cells: int) -> np.ndarray:
    """Triangles (T, 3, 2) that tile the unit square."""
    steps = np.linspace(0, 1, cells + 1)
    grid = np.stack(np.meshgrid(steps, steps), axis=-1)
    a, b, c, d = grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]
    return np.concatenate([np.stack(t, axis=2).reshape(-1, 3, 2) for t in ((a, b, c), (a, c, d))])


@pytest.mark.parametrize("offset", [(0.5, 0.5), (0.2, 0.7)])
def test_a_tiled_square_covers_every_texel_once_and_at_its_place(offset):
    triangles, width, height = square_of_triangles(7), 50, 30
    samples = rasterise(triangles, width, range(height), height, offset)
    assert sorted(samples.texels) == list(range(width * height))
    assert samples.overlaps == 0
    uv = np.einsum("nk,nkx->nx", samples.barycentric, triangles[samples.triangles])
    rows, columns = np.divmod(samples.texels, width)
    centres = np.stack([(columns + offset[0]) / width, (rows + offset[1]) / height], axis=1)
    np.testing.assert_allclose(uv, centres, atol=1e-6)
    assert samples.barycentric.min() > -1e-6


def test_random_triangles_are_covered_as_a_test_of_every_texel_says():
    rng = np.random.default_rng(4)
    size = 40
    centres = (np.stack(np.meshgrid(np.arange(size), np.arange(size)), axis=-1).reshape(-1, 2) + 0.5) / size
    for triangle in rng.uniform(-0.3, 1.3, (50, 3, 2)):
        a, b, c = triangle
        sides = [
            (q - p)[0] * (centres - p)[:, 1] - (q - p)[1] * (centres - p)[:, 0]
            for p, q in ((a, b), (b, c), (c, a))
        ]
        inside = np.all(np.array(sides) > 0, axis=0) | np.all(np.array(sides) < 0, axis=0)
        samples = rasterise(triangle[None], size, range(size), size)
        assert set(samples.texels) == set(np.flatnonzero(inside))


def test_bands_of_rows_together_are_the_whole():
    triangles, size = np.random.default_rng(5).uniform(0, 1, (20, 3, 2)), 64
    whole = rasterise(triangles, size, range(size), size)
    bands = [rasterise(triangles, size, range(start, start + 16), size) for start in range(0, size, 16)]
    owners = np.full(size * size, -1)
    owners[whole.texels] = whole.triangles
    banded = np.full(size * size, -1)
    for start, band in zip(range(0, size, 16), bands, strict=True):
        banded[band.texels + start * size] = band.triangles
    np.testing.assert_array_equal(owners, banded)


def test_overlapping_triangles_keep_the_first_and_are_counted():
    triangle = np.array([[0.1, 0.1], [0.9, 0.1], [0.1, 0.9]])
    once = rasterise(triangle[None], 64, range(64), 64)
    twice = rasterise(np.stack([triangle, triangle]), 64, range(64), 64)
    assert set(twice.triangles) == {0}
    assert twice.overlaps >= 0.9 * len(once.texels)


def test_triangles_outside_the_square_or_without_area_have_no_texels():
    outside = np.array([[[1.2, 0.1], [1.9, 0.1], [1.2, 0.9]]])
    line = np.array([[[0.1, 0.1], [0.5, 0.5], [0.9, 0.9]]])
    point = np.full((1, 3, 2), 0.5)
    for triangle in (outside, line, point):
        assert len(rasterise(triangle, 32, range(32), 32).texels) == 0


def test_sample_offsets_are_centred():
    assert sample_offsets(1) == [(0.5, 0.5)]
    np.testing.assert_allclose(np.mean(sample_offsets(4), axis=0), 0.5)
    assert len(set(sample_offsets(4))) == 16
