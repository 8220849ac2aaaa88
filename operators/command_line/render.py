"""Render an object's neural shape by sphere tracing, without a mesh."""

import argparse
from pathlib import Path
from typing import Any

import bpy

from ...core.command.arguments import add_render_arguments, add_time_argument
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
    add_time_argument(parser)


def run(arguments: argparse.Namespace, context: bpy.types.Context) -> dict[str, Any]:
    """A morph is rendered at the given time, or at the object's own.

    Raises NeuralShapesError when levels, caps or a time do not fit the shape, or the picture cannot be
    written.
    """
    holder = find_shape(arguments.object)
    return render_file(neural_shape.read_at(holder, arguments.time, arguments.true_volume or None), arguments)
