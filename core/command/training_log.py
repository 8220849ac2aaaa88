"""A table of a training as it went: one row a report, as CSV."""

import csv
import io
import math
import time
from pathlib import Path

from ..atomic_write import write_atomically
from ..errors import NeuralShapesError
from ..learning.progress import Progress

COLUMNS = ("phase", "step", "loss", "seconds", "seconds_left")


class TrainingLog:
    """Collects the progress of a training; seconds count from when it was made, as on a clock."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._rows: list[tuple[str | int, ...]] = []

    def note(self, progress: Progress) -> None:
        """Add a row; a phase without a loss leaves that empty."""
        loss = "" if math.isnan(progress.loss) else f"{progress.loss:.6g}"
        seconds = time.perf_counter() - self._started
        self._rows.append(
            (progress.phase, progress.step, loss, f"{seconds:.3f}", f"{progress.seconds_left:.3f}")
        )

    def write(self, path: Path) -> None:
        """Write all rows so far under their columns' names. Raises NeuralShapesError where that fails."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([COLUMNS, *self._rows])
        try:
            write_atomically(path, text.getvalue().encode())
        except OSError as error:
            raise NeuralShapesError(f"{path} could not be written: {error.strerror}.") from error
