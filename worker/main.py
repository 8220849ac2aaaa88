"""The worker's entry: `PYTHON -I main.py [--packages FOLDER] [--threads N] [--low-priority]`.

It checks the Python that it was given, before anything that Python may lack is imported, then loads the
package by its file location, whatever its folder is called: were the parent folder on `sys.path`, a
neighbouring extension's folder could shadow a module.
"""

from __future__ import annotations  # Older Pythons get far enough to be told that they are too old.

import argparse
import importlib.util
import os
import sys
from pathlib import Path
from typing import NoReturn

PACKAGE = "neural_shapes"
ROOT = Path(__file__).resolve().parent.parent

OLDEST_PYTHON = (3, 11)
REQUIRED_MODULES = ("numpy", "torch", "pytorch_optimizer", "igl", "skimage")

# The exit statuses of a worker that cannot serve; the last line of its log says what is old or missing.
OLD_PYTHON = 11
MISSING_MODULES = 12

# Read by OpenMP, MKL and OpenBLAS when they are loaded.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")

# OpenMP's waiting threads spin by default: on cores that others use too, which is the rule beside Blender,
# that made a training ten times slower (measured: 126 s against 13 s). Asleep, they leave the core to them.
WAITING = {"OMP_WAIT_POLICY": "PASSIVE"}


def load_package() -> None:
    """Load the package from the folder that this file lies in, under its own name, whatever the folder's."""
    spec = importlib.util.spec_from_file_location(
        PACKAGE, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)


def prepare(arguments: list[str]) -> None:
    """Apply the settings and load the package, or leave with a status that says what this Python lacks."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--packages", type=Path, help="a folder of packages to import from first")
    parser.add_argument("--threads", type=int, default=0, help="threads to compute with; 0: one a core")
    parser.add_argument("--low-priority", action="store_true", help="let every other process go first")
    settings = parser.parse_args(arguments)
    if settings.packages:
        sys.path.insert(0, str(settings.packages))
    os.environ.update(WAITING)
    if settings.threads > 0:
        os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(settings.threads)))
    if sys.version_info < OLDEST_PYTHON:
        _leave(OLD_PYTHON, "{}.{}".format(*sys.version_info))
    missing = [name for name in REQUIRED_MODULES if importlib.util.find_spec(name) is None]
    if missing:
        _leave(MISSING_MODULES, ", ".join(missing))
    load_package()
    if settings.low_priority:
        importlib.import_module(f"{PACKAGE}.worker.priority").lower()


def _leave(status: int, detail: str) -> NoReturn:
    """End with a status and, as the log's last line, what the client's sentence about it needs."""
    print(detail, file=sys.stderr, flush=True)
    raise SystemExit(status)


def main() -> None:
    """Serve one client over the standard streams until it closes them."""
    prepare(sys.argv[1:])
    importlib.import_module(f"{PACKAGE}.worker.server").serve()


if __name__ == "__main__":
    main()
