"""The folders of installed environments: their names, what is in them, and how one takes another's place.

An environment is a folder `py313-cu130` beside others in one parent. It exists only complete: it is made as
`py313-cu130.new`, tested there, given its report, and renamed; one that it replaces is meanwhile
`py313-cu130.old`.
"""

import json
import ntpath
import os
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from .lock import ChangedElsewhereError, changing

IS_WINDOWS = sys.platform == "win32"

# Names are short: Windows limits whole paths to 260 characters.
PYTHON_TAG = f"py{sys.version_info.major}{sys.version_info.minor}"
NEW, OLD = ".new", ".old"
REPORT_NAME = "report.json"
TEMPORARY_NAME = "tmp"

# How long a rename is tried again. Windows refuses that of a folder (errors 5 and 32) while a program has a
# file in it open, as virus scanners and the indexer have new ones; elsewhere a refusal is final.
RENAME_SECONDS = 15.0 if IS_WINDOWS else 0.0
RENAME_PAUSE = 0.1

# How long an installation waits for the pip of one that was killed, and how long that has then to be silent.
ORPHAN_SECONDS, QUIET_SECONDS = 10.0, 0.5


@dataclass(frozen=True)
class Report:
    """What a self-test found: torch's version, the device's name and the bytes of its memory (0: unknown)."""

    torch: str
    device: str
    memory: int


@dataclass(frozen=True)
class Installed:
    """An environment that passed its self-test; `packages` is its folder, `build` the name of its build."""

    packages: Path
    build: str
    report: Report


def environment_folder(parent: Path, build: str) -> Path:
    """Where the environment of this Python and a build lies."""
    return parent / f"{PYTHON_TAG}-{build}"


def temporary_folder(new: Path) -> Path:
    """Where pip keeps what it downloads and unpacks for a new folder: on the disk whose space was checked."""
    return _short_temporary(new.parent) or new / TEMPORARY_NAME


def find_installed(parent: Path) -> Installed | None:
    """The environment of this Python, or None. One whose replacement was interrupted is put back first."""
    if any(parent.glob(f"{PYTHON_TAG}-*{OLD}")):
        # Another Blender that is replacing it is not interrupted; of a folder in use the next Install tells.
        with suppress(ChangedElsewhereError, PermissionError), changing(parent):
            _put_back(parent)
    found = [_read(path.parent) for path in parent.glob(f"{PYTHON_TAG}-*/{REPORT_NAME}")]
    complete = [installed for installed in found if installed is not None]
    return max(complete, key=lambda installed: _modified(installed.packages), default=None)


def write_report(folder: Path, report: Report) -> None:
    """Put a report into an environment's folder."""
    (folder / REPORT_NAME).write_text(json.dumps(asdict(report)))


def put_in_place(new: Path) -> Path:
    """Rename a complete `….new` folder to its own name, and remove this Python's other environments.

    Raises OSError, with the environment that was there back in its place, when a file of it is in use.
    """
    folder = new.with_name(new.name.removesuffix(NEW))
    old = folder.with_name(folder.name + OLD)
    if folder.exists():
        _rename(folder, old)
    try:
        _rename(new, folder)
    except OSError:
        if old.exists():
            _rename(old, folder)
        raise
    for other in folder.parent.glob(f"{PYTHON_TAG}-*"):
        if other != folder:
            remove(other)
    return folder


def remove_leftovers(parent: Path) -> None:
    """Remove what interrupted installations of this Python left; environments stay."""
    _put_back(parent)
    temporary = _short_temporary(parent)
    if temporary is not None and temporary.exists():
        _remove_though_written_to(temporary)
    for suffix in (NEW, OLD):
        for path in parent.glob(f"{PYTHON_TAG}-*{suffix}"):
            _remove_though_written_to(path)


def uninstall(parent: Path) -> None:
    """Remove every environment in the parent, other Pythons' too; one that is left in part counts for none.

    Raises OSError when a file is in use, and ChangedElsewhereError while another Blender is installing.
    """
    if parent.is_dir():
        with changing(parent):
            if temporary := _short_temporary(parent):
                remove(temporary)
            for path in parent.glob("py*-*"):
                (path / REPORT_NAME).unlink(missing_ok=True)
                shutil.rmtree(_removable(path))


def remove(folder: Path) -> None:
    """Remove a folder, as far as it can be: a file in use on Windows is left for the next time."""
    (folder / REPORT_NAME).unlink(missing_ok=True)
    shutil.rmtree(_removable(folder), ignore_errors=True)


def _remove_though_written_to(folder: Path) -> None:
    """Remove a folder that the pip of an installation which was killed may be writing to still.

    It ends by itself, since nobody reads what it prints.
    """
    deadline = time.monotonic() + ORPHAN_SECONDS
    while time.monotonic() < deadline:
        remove(folder)
        time.sleep(QUIET_SECONDS)
        if not folder.exists():
            return


def _put_back(parent: Path) -> None:
    """Give environments back their names where a replacement was interrupted between its two renames."""
    for old in parent.glob(f"{PYTHON_TAG}-*{OLD}"):
        folder = old.with_name(old.name.removesuffix(OLD))
        if not folder.exists():
            _rename(old, folder)


def _rename(source: Path, target: Path) -> None:
    deadline = time.monotonic() + RENAME_SECONDS
    while True:
        try:
            os.rename(source, target)
            return
        except PermissionError:
            if time.monotonic() >= deadline:
                raise
        time.sleep(RENAME_PAUSE)


def _short_temporary(parent: Path) -> Path | None:
    """A folder on the parent's disk whose path is short, or None where there is none, or no need of one.

    pip installs into a folder in it, and then moves what is there by renaming the topmost folders. In the
    parent it would exceed Windows' limit with torch 2.13's longest path, a licence's, of 171 characters. The
    next installation in the parent gets the same folder, and so finds what one that was killed has left.
    """
    if not IS_WINDOWS:
        return None
    shared = Path(tempfile.gettempdir())
    if shared.stat().st_dev != parent.stat().st_dev:
        return None
    # With a user's name of 20 characters, Windows' most, and a CUDA build one of 259 is left to spare.
    return shared / f"n{sha256(os.fsencode(parent)).hexdigest()[:3]}"


def _removable(folder: Path) -> Path | str:
    """A folder's path by which also files can be removed whose paths exceed Windows' limit.

    The prefix is Windows' own (learn.microsoft.com/windows/win32/fileio/maximum-file-path-limitation); what
    follows it has to be absolute, with backslashes.
    """
    if not IS_WINDOWS:
        return folder
    path = ntpath.abspath(folder)
    return rf"\\?\UNC{path[1:]}" if path.startswith(r"\\") else rf"\\?\{path}"


def _modified(folder: Path) -> float:
    return (folder / REPORT_NAME).stat().st_mtime


def _read(folder: Path) -> Installed | None:
    if folder.name.endswith((NEW, OLD)):
        return None
    try:
        report = Report(**json.loads((folder / REPORT_NAME).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return Installed(folder, folder.name.partition("-")[2], report)
