"""Proposition 2: the thresholds are the paper's, and the neighborhoods they make are nested."""

import numpy as np
import pytest
from neural_shapes.core.fields.thresholds import thresholds_of_target_bounds

ERRORS = (0.08, 0.03, 0.01)


def _levels(points: np.ndarray) -> list[np.ndarray]:
    """A distance with three errors of known size, the finest last."""
    distance = np.linalg.norm(points, axis=1) - 0.5
    return [distance + error * np.sin(40 * points[:, 0] + place) for place, error in enumerate(ERRORS)]


def _assert_nested(levels: list[np.ndarray], thresholds: tuple[float, ...]) -> None:
    for coarse, fine, outer, inner in zip(levels, levels[1:], thresholds, thresholds[1:], strict=False):
        assert (np.abs(coarse)[np.abs(fine) <= inner] <= outer).all()
        assert (np.abs(fine) <= inner).sum() > 100


@pytest.fixture
def levels() -> list[np.ndarray]:
    return _levels(np.random.default_rng(0).uniform(-1, 1, (200_000, 3)))


def test_proposition_2_by_hand():
    assert thresholds_of_target_bounds([0.3, 0.2, 0.1]) == pytest.approx((1.1, 0.6, 0.3))
    assert thresholds_of_target_bounds([0.3]) == (0.3,)


def test_proposition_2_nests_the_neighborhoods(levels):
    _assert_nested(levels, thresholds_of_target_bounds([error * 1.01 for error in ERRORS]))


def test_smaller_thresholds_do_not_nest(levels):
    thresholds = thresholds_of_target_bounds(ERRORS)
    with pytest.raises(AssertionError):
        _assert_nested(levels, (thresholds[2], *thresholds[1:]))


@pytest.mark.parametrize("bounds", [[], [0.1, 0.0], [-0.1], [float("nan")]])
def test_bounds_that_bound_nothing_are_refused(bounds):
    with pytest.raises(ValueError, match="bound"):
        thresholds_of_target_bounds(bounds)
