"""Ctrl-C as a request: the first one asks the work to end well, the second one ends it."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interruption() -> Iterator[Callable[[], bool]]:
    """A function that tells whether the user has interrupted; a second interrupt is an ordinary one.

    For the main thread only, as all signal handling in Python.
    """
    happened = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal happened
        happened = True
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: happened
    finally:
        signal.signal(signal.SIGINT, before)
