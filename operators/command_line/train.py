"""Train a neural shape on each object, beside it, and save the file."""

import argparse
from typing import Any

import bpy

from ...core.command.arguments import add_training_arguments
from ...core.command.measures import printed_figures
from ...scene import neural_shape
from ...session.training import train
from .blend_file import add_save_argument, all_shapes, find_object, require_done, require_saveable, save_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The sources, how to train, and where the file goes."""
    parser.add_argument(
        "--object", metavar="NAME", action="append", required=True, help="a source; may be given repeatedly"
    )
    add_training_arguments(parser)
    add_save_argument(parser)
    parser.add_argument("--keep", action="store_true", help="train nothing where the file is there already")


def run(arguments: argparse.Namespace, context: bpy.types.Context) -> dict[str, Any]:
    """Raises NeuralShapesError, and saves nothing, when one of the objects cannot be trained on."""
    require_saveable(arguments.save)
    if arguments.keep and arguments.save.exists():  # Blender writes a file as a whole or not at all.
        return {"kept": str(arguments.save)}
    settings = {
        "recipe": arguments.preset,
        **{name: getattr(arguments, name) for name in ("seed", "device", "seconds", "steps", "threads")},
    }
    sources = [find_object(name) for name in arguments.object]
    earlier = all_shapes()
    for source in sources:
        require_done(train(source, context, **settings))
    save_file(arguments.save)
    return {holder.name: _described(holder) for holder in all_shapes() if holder not in earlier}


def _described(holder: bpy.types.Object) -> dict[str, Any]:
    shape = neural_shape.read(holder)
    return {
        **printed_figures(shape.measures),
        "repairs": shape.provenance.repairs.sentence,
        "seconds": shape.provenance.seconds,
        "steps": shape.provenance.steps,
        "bytes": neural_shape.size(holder),
    }
