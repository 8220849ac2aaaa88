"""Whether a Python trains: the self-test, in a fresh process, and what it found."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from ...core.errors import NeuralShapesError
from .. import death
from .folders import Report

SELF_TEST = Path(__file__).with_name("self_test.py")
PYTHON_OPTIONS = ["-I", "-u", "-X", "utf8"]


def run_self_test(
    python: Path,
    packages: Path | None,
    device: str,
    script: Path,
    follow: Callable[[list[str]], tuple[int, list[str]]],
) -> Report:
    """Train on a device in a fresh process of a Python, with the packages of a folder before its own.

    `follow` runs a command and returns its exit status and lines. Raises NeuralShapesError, with the reason,
    when that fails.
    """
    command = [str(python), *PYTHON_OPTIONS, str(script), device]
    status, output = follow(command + (["--packages", str(packages)] if packages is not None else []))
    last = next((line for line in reversed(output) if line.strip()), "")
    if status != 0:
        raise NeuralShapesError(death.ended(python, status, last, was_ready=False))
    try:
        answer = json.loads(last)
    except ValueError:
        answer = {"failed": last or "no answer"}
    if "failed" in answer:
        raise NeuralShapesError(f"PyTorch cannot train on this machine: {answer['failed']}")
    return Report(answer["torch"], answer["device"], answer["memory"])


def check_environment(python: Path, packages: Path | None, device: str) -> Report:
    """What a Python, with the packages of a folder, trains with. Waits for it; raises NeuralShapesError."""

    def follow(command: list[str]) -> tuple[int, list[str]]:
        with started(command, None) as process:
            output = process.stdout.read().splitlines()
        return process.returncode, output

    try:
        return run_self_test(python, packages, device, SELF_TEST, follow)
    except OSError as error:
        raise NeuralShapesError(f"{python} cannot be run ({error.strerror}); {death.CHOOSE}.") from error


def started(command: list[str], variables: dict[str, str] | None) -> subprocess.Popen:
    """A process whose output, errors among it, is read as lines of text."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=variables,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
