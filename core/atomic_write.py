"""Writes a file as a whole or not at all."""

import os
import secrets
import time
from contextlib import suppress
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
    """Where to write what becomes the file at ``path``: in the same folder, another one at each call."""
    # By chance, since machines that share a folder number their processes alike.
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")


def remove_abandoned(folder: Path, names: str) -> None:
    """Remove what killed processes have left in a folder of files whose names match a pattern such as *.ply.

    Others may write and finish such files meanwhile. Raises OSError.
    """
    for unfinished in folder.glob(f".{names}.*.part"):
        with suppress(FileNotFoundError):
            if time.time() - unfinished.stat().st_mtime > ABANDONED_SECONDS:
                unfinished.unlink()
