"""The product's worker, started by the tests, that measures what it trained on a coarse grid alone."""

import importlib
import importlib.util
import sys
from pathlib import Path

RESOLUTION = 24
MAIN = Path(__file__).parent.parent / "worker" / "main.py"

spec = importlib.util.spec_from_file_location("worker_main", MAIN)
main = importlib.util.module_from_spec(spec)
spec.loader.exec_module(main)
main.prepare(sys.argv[1:])
importlib.import_module("neural_shapes.core.geometry.measures").RESOLUTION = RESOLUTION
importlib.import_module("neural_shapes.worker.server").serve()
