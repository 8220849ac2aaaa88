"""Several levels: the picture of the fine level alone, for fewer evaluations, thanks to the nesting."""

import numpy as np
import pytest
from neural_shapes.core.tracing.camera import Camera
from neural_shapes.core.tracing.sphere_tracing import Trace, TracedLevel, trace

SIZE = (96, 96)
RAYS = Camera.orbit(20, 35, SIZE).rays(SIZE)
# The bumps are 0.02 high, so that the surface lies within 0.02 of the smooth torus, plus a margin.
NESTED_THRESHOLD = 0.022


@pytest.fixture(scope="module")
def trace_levels(bumpy_torus_of):
    """Traces a smooth torus before the bumpy one, with the coarse level's threshold as given."""

    def trace_both(threshold: float, iterations: tuple[int, int] = (512, 512)) -> Trace:
        coarse = TracedLevel(bumpy_torus_of(0.0), threshold, iterations[0])
        return trace([coarse, TracedLevel(bumpy_torus_of(0.02), 0.0, iterations[1])], RAYS, step_scale=0.8)

    return trace_both


@pytest.fixture(scope="module")
def fine_alone(bumpy_torus) -> Trace:
    return trace([TracedLevel(bumpy_torus, 0.0)], RAYS, step_scale=0.8)


def test_multiscale_finds_the_surface_of_the_fine_level_alone(trace_levels, fine_alone):
    result = trace_levels(NESTED_THRESHOLD)
    assert (fine_alone.hit ^ result.hit).sum() <= 2
    both = fine_alone.hit & result.hit
    assert both.sum() > 1000
    assert np.quantile(np.abs(result.depth[both] - fine_alone.depth[both]), 0.99) < 2e-3


def test_multiscale_evaluates_the_fine_level_at_most_half_as_often(trace_levels, fine_alone):
    result = trace_levels(NESTED_THRESHOLD)
    assert result.evaluations_per_level[1] < 0.5 * fine_alone.evaluations_per_level[0]


def test_a_smaller_threshold_changes_the_evaluations(trace_levels, fine_alone):
    fine = [
        trace_levels(threshold).evaluations_per_level[1] for threshold in (0.2, 0.1, 0.05, NESTED_THRESHOLD)
    ]
    assert fine == sorted(fine, reverse=True)
    assert fine[-1] < 0.7 * fine[0]


def test_thresholds_that_do_not_nest_lose_the_surface(trace_levels, fine_alone):
    assert (fine_alone.hit & ~trace_levels(0.002).hit).sum() > 10


def test_the_fine_level_is_evaluated_only_near_the_band_of_the_coarse_one(bumpy_torus_of, trace_levels):
    seen = []
    fine = bumpy_torus_of(0.02)

    class Recorded:
        dimension = 3

        def value(self, points: np.ndarray) -> np.ndarray:
            seen.append(points)
            return fine.value(points)

    coarse = bumpy_torus_of(0.0)
    trace([TracedLevel(coarse, NESTED_THRESHOLD), TracedLevel(Recorded(), 0.0)], RAYS, step_scale=0.8)
    values = np.abs(coarse.value(np.concatenate(seen)))
    # A fine step may end up to the sum of threshold and error outside; the next one is tested again.
    assert np.quantile(values, 0.95) < 1.1 * NESTED_THRESHOLD
    assert values.max() < 3 * NESTED_THRESHOLD


def test_a_ray_that_grazes_the_band_goes_back_to_the_coarse_level(trace_levels):
    result = trace_levels(NESTED_THRESHOLD)
    grazing = ~result.hit & (result.evaluations[:, 1] > 0)
    assert grazing.sum() > 50
    assert (result.level[grazing] == 0).mean() > 0.5


def test_caps_hold_per_level_and_a_used_up_coarse_level_hands_over(trace_levels, fine_alone):
    result = trace_levels(NESTED_THRESHOLD, (4, 400))
    assert result.evaluations.max(axis=0)[0] == 4
    assert (fine_alone.hit ^ result.hit).sum() <= 2
    few = trace_levels(NESTED_THRESHOLD, (60, 2))
    np.testing.assert_array_equal(few.evaluations.max(axis=0), [few.evaluations[:, 0].max(), 2])


def test_three_levels_are_cheaper_for_the_last_than_two(bumpy_torus_of, fine_alone):
    levels = [
        TracedLevel(bumpy_torus_of(0.0), 0.022),
        TracedLevel(bumpy_torus_of(0.015), 0.006),
        TracedLevel(bumpy_torus_of(0.02), 0.0),
    ]
    three = trace(levels, RAYS, step_scale=0.8)
    two = trace([levels[0], levels[2]], RAYS, step_scale=0.8)
    assert (fine_alone.hit ^ three.hit).sum() <= 2
    assert three.evaluations_per_level[2] < 0.8 * two.evaluations_per_level[1]
