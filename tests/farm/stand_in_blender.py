"""`blender -b FILE -c neural_shapes ARGUMENTS…` by the bpy module: the same function."""

import sys
from functools import partial
from pathlib import Path

import bpy  # Makes Blender's own modules importable.

# isort: split
import addon_utils
from neural_shapes.operators.command_line.command import run
from neural_shapes.session import worker

file, arguments = sys.argv[2], sys.argv[5:]
worker.WorkerClient = partial(worker.WorkerClient, main=Path(__file__).with_name("short_training_worker.py"))
bpy.ops.wm.read_factory_settings(use_empty=True)
addon_utils.enable("neural_shapes", default_set=True)
bpy.ops.wm.open_mainfile(filepath=file)
status = run(arguments)
worker.jobs.close()
sys.exit(status)
