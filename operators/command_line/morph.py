"""Train a morph through keyed meshes, beside the first of them, and save the file."""

import argparse
import re
from typing import Any

import bpy

from ...core.command.arguments import add_csv_argument, add_morph_arguments
from ...core.command.measures import printed_morph_figures, write_csv
from ...core.command.output import require_suffix, require_writable
from ...scene import neural_shape
from ...scene.morph_keys import MeshKey
from ...scene.time_curve import EASINGS
from ...session.morphing import train_morph
from .blend_file import add_save_argument, all_shapes, find_object, require_done, require_saveable, save_file

# An object's name and a frame; the name may hold an @ itself.
KEY = re.compile(r"(.+)@(-?\d+)", re.DOTALL)
SETTINGS = ("mode", "placement", "seed", "device", "seconds", "threads")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The keys, how to train, how to ease, and where the file and the table go."""
    parser.add_argument(
        "--keys",
        metavar="NAME@FRAME",
        type=name_and_frame,
        nargs="+",
        required=True,
        help="at least two objects, each with the frame at which the shape is its mesh",
    )
    add_morph_arguments(parser, placement="keep")
    parser.add_argument(
        "--easing",
        type=str.upper,
        choices=[identifier for identifier, *_ in EASINGS],
        default="BEZIER",
        help="interpolation from key to key (default: BEZIER)",
    )
    add_csv_argument(parser)
    add_save_argument(parser)


def run(arguments: argparse.Namespace, context: bpy.types.Context) -> dict[str, Any]:
    """Raises NeuralShapesError, and saves nothing, when the keys make no morph."""
    require_saveable(arguments.save)
    if arguments.csv is not None:
        require_suffix(arguments.csv, ".csv")
        require_writable(arguments.csv)
    settings = {name: getattr(arguments, name) for name in SETTINGS}
    keys = [MeshKey(find_object(name), frame) for name, frame in arguments.keys]
    earlier = all_shapes()
    require_done(train_morph(keys, context, easing=arguments.easing, **settings))
    [holder] = [found for found in all_shapes() if found not in earlier]
    save_file(arguments.save)
    shape = neural_shape.read(holder)
    if arguments.csv is not None:
        write_csv(shape.over_time, arguments.csv)
    return {
        "object": holder.name,
        **printed_morph_figures(shape.measures),
        "seconds": shape.provenance.seconds,
        "repairs": shape.provenance.repairs.sentence,
        "steps": shape.provenance.steps,
        "bytes": neural_shape.size(holder),
    }


def name_and_frame(text: str) -> tuple[str, int]:
    """An object's name and a frame, as NAME@FRAME; the name may hold an @ itself."""
    match = KEY.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text} should be an object's name and a frame, such as Cube@10")
    return match[1], int(match[2])
