"""Which Python the worker runs in; nothing of it is imported or started here."""

import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import NeuralShapesError

PYTHON_VARIABLE = "NEURAL_SHAPES_WORKER_PYTHON"

# Where a Python lies in a virtual environment's folder, on Windows and elsewhere.
PYTHON_IN_ENVIRONMENT = ("Scripts/python.exe", "python.exe", "bin/python3", "bin/python")


class NoWorkerError(NeuralShapesError):
    """There is no Python that could be the worker."""


@dataclass(frozen=True)
class WorkerEnvironment:
    """A Python, and a folder of packages that it imports from first (None: its own packages alone)."""

    python: Path
    packages: Path | None = None


def find_environment(chosen: str = "", managed: Path | None = None) -> WorkerEnvironment:
    """The worker's environment: the first that is given or found of

    - `chosen`, the artist's choice: a Python or the folder of its virtual environment;
    - the environment variable NEURAL_SHAPES_WORKER_PYTHON, likewise;
    - `managed`, the folder of packages that Install made, with this process's Python;
    - this process's Python, where torch lies in it (looked up, not imported).

    Raises NoWorkerError where a Python that was chosen is missing and where nothing is found. Whether the
    Python is recent enough and has torch is for the worker to say when it starts.
    """
    chosen = chosen or os.environ.get(PYTHON_VARIABLE, "")
    if chosen:
        return WorkerEnvironment(_python_at(Path(chosen)))
    if managed is not None and (managed / "torch").is_dir():
        return WorkerEnvironment(Path(sys.executable), managed)
    if importlib.util.find_spec("torch") is not None:
        return WorkerEnvironment(Path(sys.executable))
    raise NoWorkerError(
        "Training needs PyTorch: press Install, or choose a Python that has it, in the preferences of"
        " Neural Shapes."
    )


def _python_at(path: Path) -> Path:
    """The Python at a path or in its virtual environment's folder; links are kept, as they are what it is."""
    candidates = [path / name for name in PYTHON_IN_ENVIRONMENT] if path.is_dir() else [path]
    for candidate in candidates:
        if candidate.is_file():
            return candidate.absolute()
    raise NoWorkerError(f"There is no Python at {path}; choose another in the preferences of Neural Shapes.")
