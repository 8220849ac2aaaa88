"""Writes a file as a whole or not at all."""

import os
import time
from pathlib import Path

# Nothing was added to an unfinished file for so long: whoever wrote it was killed. Also in a folder that
# machines share, whose clocks differ.
ABANDONED_SECONDS = 3600


def write_atomically(path: Path, data: bytes) -> None:
    """Put the bytes where the path says at once; what was there stays when they cannot all be written.

    Raises OSError.
    """
    unfinished = unfinished_path(path)
    try:
        unfinished.write_bytes(data)
        os.replace(unfinished, path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def unfinished_path(path: Path) -> Path:
    """Where this process writes what becomes the file at ``path``, in the same folder."""
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def remove_abandoned(folder: Path) -> None:
    """Remove the unfinished files that killed processes have left in a folder.

    Raises OSError.
    """
    for unfinished in folder.glob(".*.part"):
        if time.time() - unfinished.stat().st_mtime > ABANDONED_SECONDS:
            unfinished.unlink(missing_ok=True)
