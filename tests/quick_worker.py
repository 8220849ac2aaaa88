"""The product's worker, started by the tests: it measures on coarse grids, and morphs by small networks.

A blend is there in no time, a flow takes long enough to be cancelled.
"""

import importlib
import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np

RESOLUTION = 24
FIRST_STEPS, LONG_STEPS = 150, 1500
SMALL_AND_SIMPLE = {"batch": 256, "optimiser": "adam"}
MAIN = Path(__file__).parent.parent / "worker" / "main.py"

spec = importlib.util.spec_from_file_location("worker_main", MAIN)
main = importlib.util.module_from_spec(spec)
spec.loader.exec_module(main)
main.prepare(sys.argv[1:])


def change(name: str, **constants: object) -> ModuleType:
    """The module of this name below core, with constants changed; each has to be there."""
    module = importlib.import_module(f"neural_shapes.core.{name}")
    for constant, value in constants.items():
        assert hasattr(module, constant), f"{name} has no {constant}"
        setattr(module, constant, value)
    return module


change("geometry.measures", DEFAULT_RESOLUTION=RESOLUTION)
change("meshing.trimmable_boundary", RESOLUTIONS=(RESOLUTION,))
measures = change(
    "geometry.morph_measures",
    VOLUME_CELLS=RESOLUTION,
    SURFACE_RESOLUTION=RESOLUTION,
    DEFAULT_RESOLUTION=RESOLUTION,
)
measures.measure_morph.__kwdefaults__["times"] = measures.TIMES[::10]
change("learning.space_time_nesting", RESOLUTION=RESOLUTION, TIMES=np.linspace(0, 1, 2))
recipes = importlib.import_module("neural_shapes.core.learning.morph_recipes")
network = recipes.NetworkRecipe(32, 1, first_omega=8.0)
first = replace(recipes.FIRST_SHAPE, network=network, steps=FIRST_STEPS, **SMALL_AND_SIMPLE)
recipes.MODES["blend"] = recipes.Recipe("blend", (first,))
first = replace(first, steps=1)
recipes.MODES["flow"] = replace(recipes.FLOW, first=first, steps=LONG_STEPS, **SMALL_AND_SIMPLE)
importlib.import_module("neural_shapes.worker.server").serve()
