"""The product's worker, started by the tests, that also knows the tasks of the folder beside this file."""

import importlib.util
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TASKS = HERE / "tasks"

spec = importlib.util.spec_from_file_location("worker_main", HERE.parent.parent / "worker" / "main.py")
main = importlib.util.module_from_spec(spec)
spec.loader.exec_module(main)
main.prepare(sys.argv[1:])

server = importlib.import_module("neural_shapes.worker.server")
task = importlib.import_module("neural_shapes.worker.task")
sys.path.append(str(TASKS))
task.TASKS.update({path.stem: path.stem for path in TASKS.glob("*.py")})
server.serve()
