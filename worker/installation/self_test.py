"""The self-test's entry: `PYTHON -I self_test.py DEVICE [--packages FOLDER]`, in a fresh process.

Checks the Python as the worker's entry does, trains two steps on the device, and prints one JSON object as
its last line: "torch", "device" and "memory", or "failed", why not.
"""

import importlib
import importlib.util
import json
import sys
from pathlib import Path


def main() -> None:
    """Test the Python that this runs in."""
    spec = importlib.util.spec_from_file_location("worker_main", Path(__file__).parent.parent / "main.py")
    worker_main = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(worker_main)
    device, *arguments = sys.argv[1:]
    worker_main.prepare(arguments)
    try:
        test = importlib.import_module(f"{worker_main.PACKAGE}.core.learning.self_test")
        print(json.dumps(test.training_steps(device)))
    except Exception as error:  # Whatever a broken library raises is what the test is for.
        print(json.dumps({"failed": str(error) or type(error).__name__}))


if __name__ == "__main__":
    main()
