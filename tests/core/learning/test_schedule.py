"""Steps are shared out as the recipe says, and a cap in seconds shortens the whole schedule."""

import pytest
from neural_shapes.core.errors import NeuralShapesError
from neural_shapes.core.learning.recipes import DETAILED, DRAFT, PRESETS
from neural_shapes.core.learning.schedule import PLANNED_SHARE, steps_of_levels, steps_within


@pytest.mark.parametrize("recipe", PRESETS.values(), ids=PRESETS.keys())
@pytest.mark.parametrize("steps", [None, 4, 10, 1234])
def test_all_steps_are_given_to_levels(recipe, steps):
    shared = steps_of_levels(recipe, steps)
    assert sum(shared) == (steps or recipe.steps)
    assert min(shared) >= 1


def test_shares_are_those_of_the_recipe():
    assert steps_of_levels(DETAILED, None) == [level.steps for level in DETAILED.levels]
    for level, steps in zip(DETAILED.levels, steps_of_levels(DETAILED, 1000), strict=True):
        assert steps == pytest.approx(1000 * level.steps / DETAILED.steps, abs=1.5)


def test_too_few_steps_are_refused():
    with pytest.raises(NeuralShapesError, match="at least 2 steps"):
        steps_of_levels(DRAFT, 1)


def test_a_cap_in_seconds_only_shortens():
    whole = DRAFT.levels[0].steps * 0.01 + DRAFT.levels[1].steps * 0.02
    assert steps_within(DRAFT, 10 * whole, [0.01, 0.02]) == DRAFT.steps
    halved = steps_within(DRAFT, whole / 2, [0.01, 0.02])
    assert halved == pytest.approx(DRAFT.steps * PLANNED_SHARE / 2, abs=1)


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
def test_no_time_is_refused(seconds):
    with pytest.raises(NeuralShapesError, match="more than 0 seconds"):
        steps_within(DRAFT, seconds, [0.01, 0.02])
