"""How far a training is, how long it still takes, and whether it shall stop."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import Cancelled
from ..neural_shape import NeuralShape

# The phases, and what is sure to follow each: there are seldom pieces astray to be cleared.
PHASES = {
    "distances": ("training", "measuring"),
    "training": ("measuring",),
    "measuring": (),
    "clearing": ("measuring",),
}
# Least seconds between two reports: five a second look steady and cost nothing.
REPORT_INTERVAL = 0.2
# What was expected of a phase weighs as much as its own speed over this share of it. With 0.03 what a level
# costs before its first step brings the estimate of Draft 33% too high, with 0.1 21% (measured).
WEIGHT_OF_EXPECTATION = 0.1


@dataclass(frozen=True)
class Progress:
    """How far a training is.

    ``phase`` is one of PHASES; ``step`` of ``steps`` counts optimiser steps of all levels; ``share`` is the
    share of the whole time that has passed, 0 to 1; ``seconds_left`` is wall time. ``drift`` is the largest
    relative error of a morph's volume when it was last counted, None before. ``latest()`` is the shape with
    the weights reached so far, unmeasured; it copies the weights and may be called about once a second, while
    training and from within the progress callback only.
    """

    phase: str
    step: int
    steps: int
    loss: float
    share: float
    seconds_left: float
    latest: Callable[[], NeuralShape | None]
    drift: float | None = None


class Reporter:
    """Turns shares of phases into reports and asks whether to stop, some times a second.

    A phase goes on at its own speed. How fast the distances to a mesh are tells nothing of the networks; how
    a training compares with what was expected goes for measuring too.
    """

    def __init__(
        self,
        expected_seconds: dict[str, float],
        report: Callable[[Progress], None] | None,
        cancelled: Callable[[], bool] | None,
        latest: Callable[[], NeuralShape | None],
    ) -> None:
        """``expected_seconds`` of each phase that may come, in wall time."""
        self._expected = dict(expected_seconds)
        self._report, self._cancelled, self._latest = report, cancelled, latest
        self._started = self._phase_started = time.perf_counter()
        self._last_report = -REPORT_INTERVAL
        self._phase = "distances"
        self._share = self._first_share = 0.0

    def update(
        self, phase: str, share: float, step: int, steps: int, loss: float, drift: float | None = None
    ) -> None:
        """Tell the caller that ``share`` of a phase is done. Raises Cancelled when it wants to stop."""
        now = time.perf_counter()
        if phase != self._phase:
            # A phase that comes again takes as long as it did.
            self._expected[self._phase] = now - self._phase_started
            self._phase, self._phase_started, self._first_share = phase, now, share
        elif share < 1 and now - self._last_report < REPORT_INTERVAL:
            return
        self._last_report = now
        if self._cancelled is not None and self._cancelled():
            raise Cancelled
        if self._report is not None:
            left = self._seconds_left(share, now)
            passed = now - self._started
            self._share = max(self._share, passed / (passed + left))
            self._report(Progress(phase, step, steps, loss, self._share, left, self._latest, drift))

    def _seconds_left(self, share: float, now: float) -> float:
        seen = now - self._phase_started + WEIGHT_OF_EXPECTATION * self._expected[self._phase]
        whole = seen / (share - self._first_share + WEIGHT_OF_EXPECTATION)
        if self._phase == "training":
            return (1 - share) * whole + whole / self._expected["training"] * self._expected["measuring"]
        return (1 - share) * whole + sum(self._expected[phase] for phase in PHASES[self._phase])
