"""A nested field adds each residual inside the previous level's band, smoothly and nowhere else."""

import numpy as np
import pytest
from neural_shapes.core.fields.nested import Level, NestedField, ResidualBand

BAND = ResidualBand(scale=0.01, inner=0.02, outer=0.04)


@pytest.fixture
def three_levels(random_siren) -> NestedField:
    """A base and two residuals, whose bands hold a good part of random networks' values."""
    return NestedField(
        (
            Level(random_siren(32, 1, seed=1), 0.05),
            Level(random_siren(32, 1, seed=2), 0.03, ResidualBand(0.05, 0.02, 0.06)),
            Level(random_siren(48, 2, omega=45.0, seed=3), 0.01, BAND),
        )
    )


@pytest.mark.parametrize("index", [1, 2])
def test_residual_levels_agree_with_float64(index, three_levels, exact_nested, domain_points):
    points = domain_points(3)
    expected = exact_nested(NestedField(three_levels.levels[: index + 1]))(points)
    np.testing.assert_allclose(three_levels.level(index).value(points), expected, atol=1e-5)


@pytest.mark.parametrize("index", [1, 2])
def test_residual_gradients_are_derivatives_inside_across_and_outside_the_band(
    index, three_levels, exact_nested, central_differences, domain_points
):
    points = domain_points(3)
    previous = np.abs(three_levels.level(index - 1).value(points))
    band = three_levels.levels[index].band
    fading = (previous > band.inner) & (previous < band.outer)
    for part in (previous <= band.inner, fading, previous >= band.outer):
        assert part.sum() > 50
    values, gradients = three_levels.level(index).value_and_gradient(points)
    expected = central_differences(exact_nested(NestedField(three_levels.levels[: index + 1])), points)
    np.testing.assert_allclose(values, three_levels.level(index).value(points), atol=1e-6)
    np.testing.assert_allclose(gradients, expected, atol=2e-4)


def test_outside_its_band_a_residual_is_exactly_zero(three_levels, domain_points):
    points = domain_points(3)
    previous = three_levels.level(1).value(points)
    outside = np.abs(previous) >= BAND.outer
    np.testing.assert_array_equal(three_levels.value(points)[outside], previous[outside])
    assert (three_levels.value(points) != previous)[~outside].mean() > 0.9


def test_an_independent_level_needs_no_other_network(random_siren, domain_points):
    fine = random_siren(48, 2, seed=5)
    field = NestedField((Level(random_siren(32, 1), 0.05), Level(fine, 0.02)))
    assert field.level(-1) is fine
    np.testing.assert_array_equal(field.value(domain_points(3)), fine.value(domain_points(3)))


def test_levels_count_from_the_end_and_stop_at_their_number(three_levels, domain_points):
    points = domain_points(3)
    np.testing.assert_array_equal(three_levels.level(-1).value(points), three_levels.value(points))
    for index in (3, -4):
        with pytest.raises(IndexError):
            three_levels.level(index)


def test_a_field_describes_itself(three_levels):
    assert three_levels.dimension == 3
    assert three_levels.thresholds == (0.05, 0.03, 0.01)
    assert three_levels.parameter_count == sum(level.network.parameter_count for level in three_levels.levels)


def test_the_weight_is_smooth_from_one_to_zero():
    distance = np.linspace(0, 0.06, 60001)
    weight = BAND.weight(distance)
    np.testing.assert_allclose(weight[distance <= BAND.inner], 1, atol=1e-12)
    np.testing.assert_allclose(weight[distance >= BAND.outer], 0, atol=1e-12)
    assert (np.diff(weight) <= 0).all()
    np.testing.assert_allclose(
        BAND.weight_derivative(distance), np.gradient(weight, distance), rtol=0, atol=0.02
    )


def test_levels_that_make_no_field_are_refused(random_siren):
    network = random_siren(16, 1)
    with pytest.raises(ValueError, match="at least one level"):
        NestedField(())
    with pytest.raises(ValueError, match="first level"):
        NestedField((Level(network, 0.1, BAND),))
    with pytest.raises(ValueError, match="same dimension"):
        NestedField((Level(network, 0.1), Level(random_siren(16, 1, dimension=4), 0.1)))
    for scale, inner, outer in ((0, 0.02, 0.04), (0.01, -0.01, 0.04), (0.01, 0.04, 0.04)):
        with pytest.raises(ValueError, match="residual band"):
            ResidualBand(scale, inner, outer)
