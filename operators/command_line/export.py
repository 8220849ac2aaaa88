"""Export an object's neural shape to a shape file."""

import argparse
from pathlib import Path
from typing import Any

import bpy

from ...core import shape_file
from ...core.command.output import require_shape_name, require_writable
from ...scene import neural_shape
from .blend_file import find_shape


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The object and the file."""
    parser.add_argument("--object", metavar="NAME", required=True, help="an object with a neural shape")
    parser.add_argument(
        "-o", "--output", metavar="SHAPE", type=Path, required=True, help="the shape file to write"
    )


def run(arguments: argparse.Namespace, context: bpy.types.Context) -> dict[str, Any]:
    """Raises NeuralShapesError when the shape is damaged or the file cannot be written."""
    require_writable(arguments.output)
    require_shape_name(arguments.output)
    return {"bytes": shape_file.save(neural_shape.read(find_shape(arguments.object)), arguments.output)}
