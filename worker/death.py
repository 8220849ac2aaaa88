"""Why a worker ended or did not start, in plain words."""

import signal
from pathlib import Path

from .main import MISSING_MODULES, OLD_PYTHON, OLDEST_PYTHON

CHOOSE = "choose another Python in the preferences of Neural Shapes"

# NTSTATUS codes with which Windows ends a process, as unsigned numbers.
WINDOWS_CRASHES = {
    0xC0000005: "access violation",
    0xC000001D: "illegal instruction",
    0xC00000FD: "stack overflow",
    0xC0000135: "a DLL is missing",
    0xC0000142: "a DLL could not be initialised",
    0xC0000409: "stack buffer overrun",
}
WINDOWS_OUT_OF_MEMORY = 0xC0000017

STOPPED = "The worker was stopped."

OUT_OF_MEMORY = (
    "The worker was killed by the system, most likely because memory ran out; use a smaller preset or"
    " resolution, or close other programs."
)


def not_started(python: Path, log: Path, error: OSError) -> str:
    """Why the worker's Python was not started: its log cannot be opened, or it is no program."""
    if str(error.filename) == str(log):
        return f"The worker's log {log} cannot be written ({error.strerror})."
    if isinstance(error, FileNotFoundError):
        return f"There is no Python at {python}; {CHOOSE}."
    return f"{python} cannot be run ({error.strerror}); {CHOOSE}."


def garbled(python: Path, reason: str, was_ready: bool) -> str:
    """What to say of a worker that was killed because its stream made no sense."""
    return reason if was_ready else f"{python} does not work as a worker ({reason.rstrip('.')}); {CHOOSE}."


def ended(python: Path, status: int, last_log_line: str, was_ready: bool) -> str:
    """Why the worker ended by itself, from its exit status (subprocess's) and the last line of its log."""
    if status == MISSING_MODULES:
        return f"The worker's Python ({python}) has no {last_log_line}; {CHOOSE}."
    if status == OLD_PYTHON:
        oldest = "{}.{}".format(*OLDEST_PYTHON)
        return f"The worker's Python ({python}) is {last_log_line}, older than {oldest}; {CHOOSE}."
    if _is_out_of_memory(status):
        return OUT_OF_MEMORY
    if crash := _crash(status):
        return f"The worker crashed within one of its libraries ({crash}); its log tells more."
    detail = f"exit status {status}" + (f": {last_log_line}" if last_log_line else "")
    if not was_ready:
        return f"{python} does not work as a worker ({detail}); {CHOOSE}."
    return f"The worker ended unexpectedly ({detail}); its log tells more."


def _is_out_of_memory(status: int) -> bool:
    # Windows has no SIGKILL.
    was_killed = hasattr(signal, "SIGKILL") and status == -signal.SIGKILL
    return was_killed or status & 0xFFFFFFFF == WINDOWS_OUT_OF_MEMORY


def _crash(status: int) -> str:
    """The signal or Windows exception that ended the process, or nothing."""
    if status & 0xFFFFFFFF in WINDOWS_CRASHES:
        return WINDOWS_CRASHES[status & 0xFFFFFFFF]
    return signal.Signals(-status).name if -status in set(signal.Signals) else ""
