"""Train a morph: a shape that flows from mesh to mesh over time."""

import argparse
import sys
from pathlib import Path
from typing import Any

from .. import shape_file
from ..errors import Cancelled
from .arguments import add_csv_argument, add_morph_arguments, whole_numbers
from .interrupt import interruption
from .measures import printed_morph_figures, write_csv
from .output import (
    left_by_interrupt,
    require_different,
    require_no_loss,
    require_shape_name,
    require_suffix,
    require_writable,
)
from .progress import ProgressLine, training_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The meshes, the shape, and how to train."""
    parser.add_argument("first", metavar="MESH", type=Path, help="the mesh at time 0")
    parser.add_argument("others", metavar="MESH", type=Path, nargs="+", help="the meshes that follow it")
    parser.add_argument(
        "-o", "--output", metavar="SHAPE", type=Path, required=True, help="the shape file to write"
    )
    parser.add_argument(
        "--start",
        metavar="SHAPE",
        type=Path,
        help="keep this morph's segments between meshes that are the same",
    )
    parser.add_argument(
        "--retrain",
        metavar="SEGMENTS",
        type=whole_numbers,
        default=(),
        help="segments of --start to train anew nonetheless, such as 0,2; 0 is the first",
    )
    add_morph_arguments(parser, placement="fit")
    add_csv_argument(parser)


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Train, measure and save.

    The first interrupt ends the training and saves what was reached, the second one ends the command.
    Raises NeuralShapesError when the meshes cannot be morphed, there is no such morph to start from, or the
    shape cannot be written, and Cancelled after an interrupt.
    """
    # Torch takes seconds to import, which only this command should wait for.
    from ..geometry.files import read_mesh
    from ..learning.morph import train_morph

    paths = [arguments.first, *arguments.others]
    require_writable(arguments.output, *paths)
    require_shape_name(arguments.output)
    inputs = paths if arguments.start is None else [*paths, arguments.start]
    if arguments.csv is not None:
        require_suffix(arguments.csv, ".csv")
        require_writable(arguments.csv, *inputs)
        require_different(arguments.csv, arguments.output)
    meshes = [read_mesh(path) for path in paths]
    start = None if arguments.start is None else shape_file.load(arguments.start)

    with interruption() as interrupted, ProgressLine() as line:
        shape = train_morph(
            meshes,
            arguments.mode,
            placement=arguments.placement,
            sources=[path.name for path in paths],
            seed=arguments.seed,
            device=arguments.device,
            threads=arguments.threads,
            seconds=arguments.seconds,
            progress=lambda progress: line.show(training_text(progress)),
            cancelled=interrupted,
            start=start,
            retrain=arguments.retrain,
        )
        if interrupted():
            require_no_loss(arguments.output, shape, arguments.start, start)
        size = shape_file.save(shape, arguments.output)
        if arguments.csv is not None and shape.over_time:
            write_csv(shape.over_time, arguments.csv)
    if shape.provenance.repairs.sentence:
        print(shape.provenance.repairs.sentence, file=sys.stderr)
    if shape.measures.get("failed"):
        print(f"The morph failed. {shape.measures['failed']}", file=sys.stderr)
    if shape.unmeasured:
        print(shape.unmeasured, file=sys.stderr)
    if interrupted():
        raise Cancelled(left_by_interrupt("morph", shape, arguments.output))
    return {
        **printed_morph_figures(shape.measures),
        "seconds": shape.provenance.seconds,
        "steps": shape.provenance.steps,
        "repairs": shape.provenance.repairs.sentence,
        "bytes": size,
    }
