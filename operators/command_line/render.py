"""Render an object's neural shape by sphere tracing, without a mesh."""

import argparse
from pathlib import Path
from typing import Any

import bpy

from ...core.command.arguments import add_render_arguments
from ...core.command.render import render_file
from ...scene import neural_shape
from .blend_file import find_shape


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The object, the picture, and what it shows."""
    parser.add_argument("--object", metavar="NAME", required=True, help="an object with a neural shape")
    parser.add_argument(
        "-o", "--output", metavar="PNG", type=Path, required=True, help="the picture to write"
    )
    add_render_arguments(parser, up="z")


def run(arguments: argparse.Namespace, context: bpy.types.Context) -> dict[str, Any]:
    """Raises NeuralShapesError when levels and caps do not fit the shape or the picture cannot be written."""
    return render_file(neural_shape.read(find_shape(arguments.object)), arguments)
