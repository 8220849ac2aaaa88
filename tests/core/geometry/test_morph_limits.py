"""What a morph's figures are held against."""

import math

import pytest
from neural_shapes.core.geometry.morph_limits import limits_over_time

OVER_TIME = {
    "time": (0.0, 0.5, 1.0),
    "volume": (1.0, 1.0, 1.0),
    "drift": (0.0, 0.01, -0.02),
    "components": (1.0, 4.0, 2.0),
    "step": (0.0, 0.1, 0.3),
    "normal_speed": (1.0, math.nan, 3.0),
    "level_set_residual": (0.1, math.nan, 0.1),
    "eikonal": (0.05, 0.2, 0.05),
}


def test_steps_and_residuals_are_limited_by_means_of_what_there_is_and_pieces_by_the_ends():
    limits = limits_over_time(OVER_TIME)
    assert limits == pytest.approx(
        {"drift": 0.03, "eikonal": 0.1, "components": 2, "step": 3 * 0.2, "level_set_residual": 0.15 * 2}
    )


def test_what_is_missing_or_nowhere_a_number_has_no_limit():
    without = {name: OVER_TIME[name] for name in ("time", "level_set_residual")}
    assert limits_over_time(without) == {}
    assert limits_over_time({**without, "normal_speed": (math.nan, math.nan)}) == {}
    assert limits_over_time({}) == {}
