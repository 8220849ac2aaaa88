"""The margin fills rings around what is covered, and nothing else."""

import numpy as np
from neural_shapes.core.mapping.margin import extend_margin


def island() -> tuple[np.ndarray, np.ndarray]:
    covered = np.zeros((40, 50), dtype=bool)
    covered[18:22, 20:30] = True
    return np.where(covered, 3.0, 0.0)[..., None].astype(np.float32), covered


def test_a_margin_is_as_wide_as_asked_and_constant_around_a_constant_island():
    values, covered = island()
    filled = extend_margin(values, covered, 5)
    expected = np.zeros_like(covered)
    expected[13:27, 15:35] = True
    np.testing.assert_array_equal(filled, expected)
    np.testing.assert_allclose(values[..., 0], np.where(expected, 3, 0))


def test_no_margin_changes_nothing_and_a_huge_one_fills_the_image():
    values, covered = island()
    before = values.copy()
    np.testing.assert_array_equal(extend_margin(values, covered, 0), covered)
    np.testing.assert_array_equal(values, before)
    assert extend_margin(values, covered, 1000).all()
    np.testing.assert_allclose(values, 3)


def test_between_two_islands_each_side_stays_near_its_own():
    covered = np.zeros((10, 30), dtype=bool)
    covered[:, 0], covered[:, -1] = True, True
    values = np.zeros((10, 30, 1), dtype=np.float32)
    values[:, -1] = 1
    extend_margin(values, covered, 5)
    np.testing.assert_allclose(values[:, :6], 0)
    np.testing.assert_allclose(values[:, -6:], 1)


def test_nothing_covered_stays_empty():
    assert not extend_margin(np.zeros((4, 4, 1), np.float32), np.zeros((4, 4), dtype=bool), 3).any()
