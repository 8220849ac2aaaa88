"""The product's worker, started by a test, whose preset Draft takes two steps and is not measured."""

import importlib
import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

STEPS = 1
MAIN = Path(__file__).resolve().parents[2] / "worker" / "main.py"

spec = importlib.util.spec_from_file_location("worker_main", MAIN)
main = importlib.util.module_from_spec(spec)
spec.loader.exec_module(main)
main.prepare(sys.argv[1:])
recipes = importlib.import_module("neural_shapes.core.learning.recipes")
levels = tuple(replace(level, steps=STEPS) for level in recipes.DRAFT.levels)
recipes.PRESETS["draft"] = replace(recipes.DRAFT, levels=levels)
training = importlib.import_module("neural_shapes.core.learning.train")
training._Training._measured = lambda self, shape, now: shape
importlib.import_module("neural_shapes.worker.server").serve()
