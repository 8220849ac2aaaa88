"""The progress of trainings as a client is told it: figures, and every second the shape as far as it is."""

import time
from collections.abc import Callable

from ..core.learning.progress import Progress
from .arrays import shape_to_array
from .task import Control, Reply

# Often enough to see the shape sharpen, rarely enough to cost nothing beside a second's training.
LATEST_SECONDS = 1.0
FIGURES = ("phase", "step", "steps", "loss", "share", "seconds_left")


def training_reporter(control: Control) -> Callable[[Progress], None]:
    """Reports figures by the names of ``Progress``, where there is one, and at times the array "shape"."""
    latest_at = time.monotonic()

    def report(progress: Progress) -> None:
        nonlocal latest_at
        arrays = {}
        if progress.phase == "training" and time.monotonic() - latest_at > LATEST_SECONDS:
            latest, latest_at = progress.latest(), time.monotonic()
            if latest is not None:
                arrays["shape"] = shape_to_array(latest)
        figures = {name: getattr(progress, name) for name in FIGURES}
        if progress.drift is not None:
            figures["drift"] = progress.drift
        control.report(Reply(figures, arrays))

    return report
