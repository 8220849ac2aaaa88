"""The time left is right within 30% after the first tenth, whatever distances, steps and measuring cost."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from neural_shapes.core.geometry import measures
from neural_shapes.core.learning import progress, schedule, train
from neural_shapes.core.learning.level_training import LevelTraining
from neural_shapes.core.learning.progress import Reporter
from neural_shapes.core.learning.recipes import DRAFT, NetworkRecipe

TOLERANCE = 0.3
# The width of the network whose steps cost more than those of a larger one.
SMALL = 4


class Clock:
    """Time that passes only when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    for module in (progress, schedule):
        monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=clock, process_time=clock))
    return clock


def assert_right_after_a_tenth(left_at: list[tuple[float, float]], started: float, ended: float) -> None:
    """``left_at`` holds the time of each report and the seconds that it said were left."""
    late = [(now, left) for now, left in left_at if now - started > 0.1 * (ended - started) and now < ended]
    assert len(late) > 20
    for now, left in late:
        assert left == pytest.approx(ended - now, rel=TOLERANCE), f"{now - started:.1f} s after the start"


@pytest.mark.parametrize("distances", [0.4, 2.5], ids=["quick distances", "slow distances"])
@pytest.mark.parametrize("first_level", [0.8, 1.3], ids=["quick level first", "slow level first"])
def test_the_time_left_is_right_though_phases_and_levels_do_not_take_what_was_expected(
    clock, distances, first_level
):
    expected = {"distances": 4.0, "training": 40.0, "measuring": 4.0}
    # The share of a phase that passes at the slowness beside it, then the rest.
    parts = {
        "distances": [(1, distances)],
        "training": [(0.3, first_level), (0.7, 1.1)],
        "measuring": [(1, 1.2)],
    }
    left_at = []
    reporter = Reporter(expected, lambda report: left_at.append((clock.now, report.seconds_left)), None, None)
    for phase in expected:
        done = 0.0
        for share, slowness in parts[phase]:
            for _ in range(50):
                clock.now += share / 50 * slowness * expected[phase]
                done += share / 50
                reporter.update(phase, done, 0, 0, 0.0)
    assert_right_after_a_tenth(left_at[:-1], 0.0, clock.now)


def test_pieces_that_are_cleared_after_a_measuring_take_no_share_back_and_have_their_own_time(clock):
    """The measuring before has passed without its end: what follows is known after it."""
    expected = {"distances": 1.0, "training": 40.0, "measuring": 10.0, "clearing": 3.0}
    reports = []
    reporter = Reporter(expected, lambda report: reports.append((clock.now, report)), None, None)
    for phase, seconds, until in (
        ("distances", 1.0, 1.0),
        ("training", 40.0, 1.0),
        ("measuring", 6.0, 0.85),
        ("clearing", 4.0, 1.0),
        ("measuring", 6.0, 0.85),
    ):
        reporter.update(phase, 0.0, 0, 0, 0.0)
        for part in range(20):
            clock.now += until * seconds / 20
            reporter.update(phase, (part + 1) / 20 * until, 0, 0, 0.0)
        clock.now += (1 - until) * seconds
    shares = [report.share for _, report in reports]
    assert shares == sorted(shares)
    assert shares[-1] < 1
    left_at = [(now, report.seconds_left) for now, report in reports]
    started = next(now for now, report in reports if report.phase == "clearing")
    assert_right_after_a_tenth(left_at, started, clock.now)


@pytest.fixture
def costs(clock, monkeypatch) -> None:
    """Training's parts take a time that their amount of work does not tell; the small network costs most."""
    step, draw, measure = LevelTraining.step, train.draw_samples, train.measure_field

    def costly_step(self):
        clock.now += 0.1 if self.network.weights[0].shape[0] == SMALL else 0.02
        return step(self)

    def costly(report, seconds):
        told = 0.0

        def tell(share):
            nonlocal told
            clock.now += (share - told) * seconds
            told = share
            report(share)

        return tell

    monkeypatch.setattr(LevelTraining, "step", costly_step)
    monkeypatch.setattr(train, "draw_samples", lambda *given: draw(*given[:-1], costly(given[-1], 2.0)))
    monkeypatch.setattr(train, "measure_field", lambda *given: measure(*given[:-1], costly(given[-1], 5.0)))
    monkeypatch.setattr(measures, "DEFAULT_RESOLUTION", 64)


@pytest.mark.parametrize("done", [0, 50], ids=["from the start", "resumed"])
def test_the_time_left_of_a_training_is_right_whatever_its_levels_cost(clock, costs, ball, done):
    levels = zip(DRAFT.levels, (SMALL, 8), strict=True)
    recipe = replace(
        DRAFT,
        levels=tuple(replace(level, network=NetworkRecipe(width, 1), steps=100) for level, width in levels),
    )
    start, reports = None, []

    def report(now):
        reports.append((clock.now, now.seconds_left, now.step))

    if done:
        start = _train(ball, recipe, progress=report, cancelled=lambda: reports and reports[-1][2] >= done)
        assert done <= start.provenance.steps < 100
        reports.clear()
    started = clock.now
    _train(ball, recipe, progress=report, start=start)
    assert_right_after_a_tenth([(now, left) for now, left, _ in reports], started, clock.now)


def _train(mesh, recipe, **settings):
    return train.train(mesh, recipe, threads=1, device="cpu", **settings)
