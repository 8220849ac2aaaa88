"""Render a shape by sphere tracing, without a mesh."""

import argparse
import time
from pathlib import Path
from typing import Any

from ..atomic_write import write_atomically
from ..errors import NeuralShapesError
from ..neural_shape import NeuralShape
from ..tracing.camera import Camera
from ..tracing.png import png_bytes
from ..tracing.render import render
from .arguments import add_render_arguments, add_time_argument
from .moment import load_moment
from .output import require_suffix, require_writable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The shape, the picture, and what it shows."""
    parser.add_argument("shape", metavar="SHAPE", type=Path, help="a shape file")
    parser.add_argument(
        "-o", "--output", metavar="PNG", type=Path, required=True, help="the picture to write"
    )
    add_render_arguments(parser, up="y")
    add_time_argument(parser)


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Raises NeuralShapesError when levels and caps do not fit the shape or the picture cannot be written."""
    require_writable(arguments.output, arguments.shape)
    return render_file(load_moment(arguments.shape, arguments.time, arguments.true_volume), arguments)


def render_file(shape: NeuralShape, arguments: argparse.Namespace) -> dict[str, Any]:
    """Render a shape to ``arguments.output`` as the arguments of ``add_render_arguments`` say.

    Raises NeuralShapesError as ``run`` does.
    """
    require_suffix(arguments.output, ".png")
    require_writable(arguments.output)
    started = time.perf_counter()
    camera = Camera.orbit(arguments.azimuth, arguments.elevation, arguments.size, arguments.up)
    picture = render(shape, camera, arguments.size, arguments.levels, arguments.iterations)
    seconds = time.perf_counter() - started
    try:
        write_atomically(arguments.output, png_bytes(picture.image))
    except OSError as error:
        raise NeuralShapesError(f"{arguments.output} could not be written: {error.strerror}.") from error
    return {
        "evaluations": picture.evaluations,
        "pixels_hit": int(picture.trace.hit.sum()),
        "seconds": seconds,
    }
