"""Measure how well a shape fits its mesh, or a morph over time."""

import argparse
from pathlib import Path
from typing import Any

from .. import shape_file
from ..errors import NeuralShapesError
from ..neural_shape import NeuralShape
from .arguments import add_csv_argument
from .measures import printed_drift, printed_figures, printed_morph_figures, write_csv
from .output import require_suffix, require_writable
from .progress import ProgressLine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The shape and its mesh or meshes."""
    parser.add_argument("shape", metavar="SHAPE", type=Path, help="a shape file")
    parser.add_argument(
        "meshes",
        metavar="MESH",
        type=Path,
        nargs="*",
        help="the mesh that it should be like; for a morph those of all its keys, or none",
    )
    add_csv_argument(parser)


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Raises NeuralShapesError when a file cannot be read or written, or there are too few or many meshes."""
    shape = shape_file.load(arguments.shape)
    if shape.keys:
        return _measured_morph(shape, arguments)
    if len(arguments.meshes) != 1:
        raise NeuralShapesError("A shape that does not change over time is measured against one mesh.")
    if arguments.csv is not None:
        raise NeuralShapesError("This shape does not change over time, so there is no table to write.")
    return _measured_shape(shape, arguments.meshes[0])


def _measured_shape(shape: NeuralShape, path: Path) -> dict[str, Any]:
    # Distances and surfaces take a while to import, which help and other commands should not wait for.
    from ..geometry.files import read_source
    from ..geometry.measures import measure_field
    from ..geometry.source import placed_source
    from ..learning.torch_field import TorchField

    distance = placed_source(read_source(path), shape.placement).solid
    with ProgressLine() as line:
        measures = measure_field(
            TorchField(shape.field), distance, lambda share: line.show(f"measuring: {share:.0%}")
        )
    return printed_figures(measures.as_dict())


def _measured_morph(shape: NeuralShape, arguments: argparse.Namespace) -> dict[str, Any]:
    from ..geometry.files import read_mesh
    from ..geometry.morph_measures import measure_morph
    from ..geometry.source import placed_source
    from ..learning.morph import KEEPING_VOLUME
    from ..learning.torch_field import TorchField

    if len(arguments.meshes) not in (0, len(shape.keys)):
        raise NeuralShapesError(f"This morph has {len(shape.keys)} keys; give a mesh for each, or none.")
    if arguments.csv is not None:
        require_suffix(arguments.csv, ".csv")
        require_writable(arguments.csv, arguments.shape, *arguments.meshes)
    pairs = zip(shape.keys, arguments.meshes, strict=False)
    ends = [placed_source(read_mesh(path), key.placement).solid for key, path in pairs]
    with ProgressLine() as line:
        measures = measure_morph(
            shape.field,
            tuple(ends),
            keeps_volume=shape.provenance.recipe in KEEPING_VOLUME,
            evaluated=TorchField,
            progress=lambda share: line.show(f"measuring: {share:.0%}"),
        )
    if arguments.csv is not None:
        write_csv(measures.over_time, arguments.csv)
    return {**printed_morph_figures(measures.figures), **printed_drift(measures.over_time)}
