"""Keeps a second Blender from changing the environments while one is installing."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from ...core.errors import NeuralShapesError

if sys.platform == "win32":
    import msvcrt

    def _lock(file: TextIO) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: TextIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


SUFFIX = ".lock"


class ChangedElsewhereError(NeuralShapesError):
    """Another Blender is changing the environments."""


@contextmanager
def changing(parent: Path) -> Iterator[None]:
    """Change the environments in a parent, and no other process meanwhile.

    The lock is the system's, on a file beside the parent; however a process ends, it lets go of it. Raises
    ChangedElsewhereError while another process has it, and OSError where the file cannot be made.
    """
    with open(parent.with_name(parent.name + SUFFIX), "a", encoding="utf-8") as file:
        try:
            _lock(file)
        except (BlockingIOError, PermissionError) as error:
            raise ChangedElsewhereError(
                "Another Blender is installing PyTorch; wait until it is done, then restart this one."
            ) from error
        yield
