"""Extract a neural shape's surface as its object's mesh, and save the file."""

import argparse
from typing import Any

import bpy

from ...core.command.arguments import add_extraction_arguments, add_time_argument
from ...session.extraction import extract
from .blend_file import add_save_argument, find_shape, require_done, require_saveable, save_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The object, its surface, and where the file goes."""
    parser.add_argument("--object", metavar="NAME", required=True, help="an object with a neural shape")
    add_extraction_arguments(parser)
    add_time_argument(parser)
    add_save_argument(parser)


def run(arguments: argparse.Namespace, context: bpy.types.Context) -> dict[str, Any]:
    """Raises NeuralShapesError, and saves nothing, when there is no such surface."""
    require_saveable(arguments.save)
    holder = find_shape(arguments.object)
    settings = {name: getattr(arguments, name) for name in ("resolution", "level", "offset", "faces", "trim")}
    settings |= {"time": arguments.time, "true_volume": arguments.true_volume or None}
    require_done(extract(holder, context, **settings))
    save_file(arguments.save)
    return {"vertices": len(holder.data.vertices), "faces": len(holder.data.polygons)}
