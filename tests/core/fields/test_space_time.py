"""Space-time fields: at each time an ordinary field in space, continuous from segment to segment."""

from dataclasses import replace

import numpy as np
import pytest
from neural_shapes.core.fields.flow import DivergenceFreeFlow
from neural_shapes.core.fields.nested import Level, NestedField, ResidualBand
from neural_shapes.core.fields.siren import Siren
from neural_shapes.core.fields.space_time import (
    BlendedSegment,
    SpaceTimeField,
    TrainedSegment,
    nested_field_at_time,
)


def _siren(dimension: int, width: int, depth: int, seed: int) -> Siren:
    generator = np.random.default_rng(seed)
    sizes = [dimension, *[width] * (depth + 1), 1]
    layers = list(zip(sizes[1:], sizes, strict=False))
    return Siren(
        tuple((generator.normal(size=size) / size[1]).astype(np.float32) for size in layers),
        tuple(generator.normal(size=size[0]).astype(np.float32) for size in layers),
        5.0,
        3.0,
    )


def _moving(seed: int) -> NestedField:
    base = Level(_siren(4, 8, 1, seed), 0.1)
    return NestedField((base, Level(_siren(4, 12, 2, seed + 1), 0.01, ResidualBand(0.1, 0.2, 0.6))))


def _static(seed: int) -> NestedField:
    return NestedField((Level(_siren(3, 8, 1, seed), 0.1), Level(_siren(3, 12, 2, seed + 1), 0.01)))


def _points(count: int = 200) -> np.ndarray:
    return np.random.default_rng(5).uniform(-1, 1, (count, 3)).astype(np.float32)


def _at(points: np.ndarray, time: float) -> np.ndarray:
    return np.concatenate([points, np.full((len(points), 1), time, dtype=np.float32)], axis=1)


def test_at_a_time_a_space_time_network_is_a_network_in_space():
    field, points = _moving(0), _points()
    values, gradients = field.value_and_gradient(_at(points, 0.7))
    still = nested_field_at_time(field, 0.7)
    assert still.dimension == 3
    assert still.thresholds == field.thresholds
    still_values, still_gradients = still.value_and_gradient(points)
    np.testing.assert_allclose(still_values, values, atol=1e-5)
    np.testing.assert_allclose(still_gradients, gradients[:, :3], atol=1e-4)


def test_a_blend_is_the_weighted_mean_of_both_ends_at_every_level():
    first, second, points = _static(0), _static(10), _points()
    segment = BlendedSegment(first, second, (0.2, 0.02))
    for time in (0.0, 0.3, 1.0):
        blend = segment.at_time(time)
        assert blend.thresholds == (0.2, 0.02)
        for level in (0, 1):
            ends = [end.level(level).value(points) for end in (first, second)]
            expected = np.average(ends, axis=0, weights=[1 - time, time])
            np.testing.assert_allclose(blend.level(level).value(points), expected, atol=1e-5)


def test_a_blend_of_fields_that_do_not_match_is_refused():
    with pytest.raises(ValueError, match="same networks"):
        BlendedSegment(_static(0), NestedField(tuple(reversed(_static(1).levels))), (0.2, 0.02))
    with pytest.raises(ValueError, match="stand alone"):
        BlendedSegment(_static(0), _moving(0), (0.2, 0.02))


def test_segments_follow_one_another_and_times_outside_are_those_of_the_ends():
    field = SpaceTimeField((TrainedSegment(_moving(0)), TrainedSegment(_moving(4))), (0.0, 0.25, 1.0))
    assert field.locate(0.125) == (0, 0.5)
    assert field.locate(0.25) == (1, 0.0)
    assert field.locate(0.625) == (1, 0.5)
    assert field.locate(-3.0) == (0, 0.0)
    assert field.locate(7.0) == (1, 1.0)


def test_the_whole_field_agrees_with_its_slices_and_its_gradient_with_differences():
    blend = BlendedSegment(_static(0), _static(10), (0.2, 0.02))
    field = SpaceTimeField((TrainedSegment(_moving(0)), blend), (0.0, 0.4, 1.0))
    points = _points(60)
    for time in (0.1, 0.39, 0.41, 0.9):
        values, gradients = field.value_and_gradient(_at(points, time))
        np.testing.assert_allclose(values, field.at_time(time).value(points), atol=1e-5)
        later, earlier = (field.at_time(time + s).value(points).astype(np.float64) for s in (1e-3, -1e-3))
        np.testing.assert_allclose(gradients[:, 3], (later - earlier) / 2e-3, atol=2e-2, rtol=2e-2)


def test_a_key_moved_in_time_changes_when_and_not_what():
    segments = (TrainedSegment(_moving(0)), TrainedSegment(_moving(4)))
    field = SpaceTimeField(segments, (0.0, 0.5, 1.0))
    moved = replace(field, times=(0.0, 0.8, 1.0))
    points = _points()
    np.testing.assert_array_equal(moved.at_time(0.4).value(points), field.at_time(0.25).value(points))


def test_velocities_are_per_unit_of_the_whole_time():
    generator = np.random.default_rng(0)
    flow = DivergenceFreeFlow(*(generator.normal(size=s).astype(np.float32) for s in ((5, 3), 5, (2, 5, 3))))
    field = SpaceTimeField((TrainedSegment(_moving(0), flow), TrainedSegment(_moving(4))), (0.0, 0.25, 1.0))
    points = _points(10)
    np.testing.assert_allclose(field.velocity(points, 0.125), 4 * flow.velocity(points, 0.5), rtol=1e-5)
    assert field.velocity(points, 0.5) is None


@pytest.mark.parametrize("times", [(0.0, 1.0), (0.0, 0.5, 0.9), (0.0, 0.0, 1.0), (0.0, 1.5, 1.0)])
def test_times_that_do_not_rise_from_0_to_1_are_refused(times):
    with pytest.raises(ValueError, match="time"):
        SpaceTimeField((TrainedSegment(_moving(0)), TrainedSegment(_moving(4))), times)
