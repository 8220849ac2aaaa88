"""Progress on standard error: one line that renews itself in a terminal, a line now and then elsewhere."""

import sys
import time

from ..learning.progress import Progress

# A log, which keeps every line, gets one this often.
LOG_SECONDS = 5.0
CLEAR_LINE = "\r\033[K"


class ProgressLine:
    """Shows the latest text; leave the ``with`` block before anything else is printed."""

    def __enter__(self) -> "ProgressLine":
        self._is_terminal = sys.stderr.isatty()
        self._logged_at = -LOG_SECONDS
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_terminal:
            print(CLEAR_LINE, end="", file=sys.stderr, flush=True)

    def show(self, text: str) -> None:
        """Show a short text in place of the one before."""
        if self._is_terminal:
            print(CLEAR_LINE + text, end="", file=sys.stderr, flush=True)
        elif time.monotonic() - self._logged_at >= LOG_SECONDS:
            self._logged_at = time.monotonic()
            print(text, file=sys.stderr, flush=True)


def training_text(progress: Progress) -> str:
    """In one line; there is a loss only while training."""
    text = f"{progress.share:4.0%}  {progress.phase}"
    if progress.phase == "training":
        text += f", step {progress.step} of {progress.steps}, loss {progress.loss:.1e}"
    return f"{text}, {progress.seconds_left:.0f} s left"
