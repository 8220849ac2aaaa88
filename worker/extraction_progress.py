"""How far an extraction is, told to the client."""

import time
from collections.abc import Callable

from ..core.errors import Cancelled
from .task import Control, Reply

# Progress more often than this would say nothing new.
REPORT_SECONDS = 0.1


def extraction_reporter(control: Control) -> Callable[[float], None]:
    """Tells the client the share done, now and then, as the phase "extracting"."""
    reported_at = 0.0

    def report(share: float) -> None:
        nonlocal reported_at
        if time.monotonic() - reported_at > REPORT_SECONDS:
            reported_at = time.monotonic()
            control.report(Reply({"phase": "extracting", "share": share}))

    return report


def stopping_reporter(control: Control) -> Callable[[float], None]:
    """The same, which raises Cancelled once the client has asked for the end."""
    tell = extraction_reporter(control)

    def report(share: float) -> None:
        if control.cancelled():
            raise Cancelled
        tell(share)

    return report
