"""Bake a morph: a file for each frame, and an object that plays them."""

import argparse
import re
from pathlib import Path
from typing import Any

import bpy

from ...core.command.arguments import positive_whole_number
from ...core.errors import Cancelled
from ...scene.baked_nodes import BakedRange
from ...session.jobs import State
from ...session.morph_baking import MorphBakeOptions, bake_morph
from .blend_file import find_shape, require_done, require_saveable, save_file

RANGE = re.compile(r"(-?\d+)(?:-(-?\d+))?")


def add_arguments(parser: argparse._ArgumentGroup) -> None:
    """The frames, how they are made, and the file to save; the morph and the folder are those of `bake`."""
    parser.add_argument("--frames", metavar="FIRST-LAST", type=frames, help="such as 1-60, or --frames=-9-60")
    parser.add_argument("--step", type=positive_whole_number, help="bake every so many frames (default: 1)")
    parser.add_argument(
        "--resolution", type=positive_whole_number, help="cells along an axis (default: as set on the object)"
    )
    parser.add_argument(
        "--carry",
        action=argparse.BooleanOptionalAction,
        help="let the first mesh's colors and UVs flow along with the morph (default: as set on the object)",
    )
    parser.add_argument(
        "--save", metavar="BLEND", type=Path, help="the file to save, with the object that plays the bake"
    )


def run(arguments: argparse.Namespace, context: bpy.types.Context) -> dict[str, Any]:
    """Raises NeuralShapesError when there is no such morph, or the frames cannot be made or written."""
    if arguments.save is not None:
        require_saveable(arguments.save)
    morph = find_shape(arguments.object)
    first, last = arguments.frames
    options = MorphBakeOptions(
        BakedRange.within(first, last, arguments.step or 1),
        arguments.output.absolute(),
        arguments.resolution or morph.neural_shapes_bake.resolution,
        morph.neural_shapes_bake.carry if arguments.carry is None else arguments.carry,
        arguments.save and arguments.save.absolute().parent,
    )
    job = bake_morph(morph, context, options)
    if job.state is State.CANCELLED:
        raise Cancelled("The frames that were done stay.")
    require_done(job)
    if arguments.save is not None:
        save_file(arguments.save)
    return {"frames": len(options.range.frames), **job.progress}


def frames(text: str) -> tuple[int, int]:
    """The first and the last frame of a range."""
    match = RANGE.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError("is a range of frames, such as 1-60")
    first = int(match[1])
    last = first if match[2] is None else int(match[2])
    if first > last:
        raise argparse.ArgumentTypeError("starts with the earlier frame, such as 1-60")
    return first, last
