"""Show the neural shapes of the file, and whether their sources were edited since."""

import argparse
from dataclasses import asdict
from typing import Any

import bpy

from ...core.command.measures import printed_figures, printed_morph_figures
from ...core.neural_shape import NeuralShape
from ...scene import neural_shape
from ...session.source_state import compare
from .blend_file import all_shapes, find_shape


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which of them."""
    parser.add_argument("--object", metavar="NAME", help="an object with a neural shape (default: all)")


def run(arguments: argparse.Namespace, context: bpy.types.Context) -> dict[str, Any]:
    """Raises NeuralShapesError when the object carries no shape, or one is damaged."""
    holders = [find_shape(arguments.object)] if arguments.object else all_shapes()
    return {"shapes": len(holders)} | {holder.name: _described(holder, context) for holder in holders}


def _described(holder: bpy.types.Object, context: bpy.types.Context) -> dict[str, Any]:
    shape = neural_shape.read(holder)
    return {
        "state": compare(holder, context.evaluated_depsgraph_get()).value,
        "bytes": neural_shape.size(holder),
        **asdict(shape.provenance),
        "repairs": shape.provenance.repairs.sentence,
        **(_of_morph(holder, shape) if shape.keys else printed_figures(shape.measures)),
    }


def _of_morph(holder: bpy.types.Object, shape: NeuralShape) -> dict[str, Any]:
    """The keys with their times, the present time, and the figures of a shape that changes over time."""
    return {
        "keys": [key.source for key in shape.keys],
        "times": shape.field.times,
        "time": holder.neural_shapes.time,
        **printed_morph_figures(shape.measures),
    }
