"""Train a neural shape on a mesh."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from .. import shape_file
from ..errors import Cancelled
from ..learning.progress import Progress
from ..learning.recipes import PRESETS
from .arguments import add_training_arguments
from .interrupt import interruption
from .measures import printed_figures
from .output import (
    left_by_interrupt,
    require_different,
    require_no_loss,
    require_shape_name,
    require_suffix,
    require_writable,
)
from .progress import ProgressLine, training_text
from .training_log import TrainingLog


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The mesh, the shape, and how to train."""
    parser.add_argument(
        "mesh",
        metavar="MESH",
        type=Path,
        help="an OBJ, PLY, STL, OFF or GLB file, or a PLY file of points with normals",
    )
    parser.add_argument(
        "-o", "--output", metavar="SHAPE", type=Path, required=True, help="the shape file to write"
    )
    parser.add_argument(
        "--start",
        metavar="SHAPE",
        type=Path,
        help="go on with this shape: it is resumed where its training by the same preset was interrupted, and"
        " after an edit of the mesh its networks are the first ones",
    )
    add_training_arguments(parser)
    parser.add_argument(
        "--csv", metavar="FILE", type=Path, help="write phase, step, loss and seconds over the training"
    )


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Train, measure and save.

    The first interrupt ends the training and saves what was reached, the second one ends the command.
    Raises NeuralShapesError when the mesh cannot be trained on, there is no such shape to start from, or the
    shape cannot be written, and Cancelled after an interrupt.
    """
    # Torch takes seconds to import, which only this command should wait for.
    from ..geometry.files import read_source
    from ..learning.train import train

    require_writable(arguments.output, arguments.mesh)
    require_shape_name(arguments.output)
    inputs = [arguments.mesh] if arguments.start is None else [arguments.mesh, arguments.start]
    if arguments.csv is not None:
        require_suffix(arguments.csv, ".csv")
        require_writable(arguments.csv, *inputs)
        require_different(arguments.csv, arguments.output)
    start = None if arguments.start is None else shape_file.load(arguments.start)
    source, log = read_source(arguments.mesh), TrainingLog()

    def report(progress: Progress) -> None:
        log.note(progress)
        line.show(training_text(progress))

    with interruption() as interrupted, ProgressLine() as line:
        shape = train(
            source,
            PRESETS[arguments.preset],
            seed=arguments.seed,
            device=arguments.device,
            threads=arguments.threads,
            steps=arguments.steps,
            seconds=arguments.seconds,
            progress=report,
            cancelled=interrupted,
            start=start,
        )
        if interrupted():
            require_no_loss(arguments.output, shape, arguments.start, start)
        shape = replace(shape, provenance=replace(shape.provenance, source=arguments.mesh.name))
        size = shape_file.save(shape, arguments.output)
        if arguments.csv is not None:
            log.write(arguments.csv)
    if shape.provenance.repairs.sentence:
        print(shape.provenance.repairs.sentence, file=sys.stderr)
    if shape.measures.get("failed"):
        print(f"The training failed. {shape.measures['failed']}", file=sys.stderr)
    if shape.unmeasured:
        print(shape.unmeasured, file=sys.stderr)
    if interrupted():
        raise Cancelled(left_by_interrupt("shape", shape, arguments.output))
    return {
        **printed_figures(shape.measures),
        "repairs": shape.provenance.repairs.sentence,
        "seconds": shape.provenance.seconds,
        "steps": shape.provenance.steps,
        "bytes": size,
    }
