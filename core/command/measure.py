"""Measure how well a shape fits a mesh."""

import argparse
from pathlib import Path
from typing import Any

from .. import shape_file
from .measures import printed_figures
from .progress import ProgressLine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The shape and the mesh."""
    parser.add_argument("shape", metavar="SHAPE", type=Path, help="a shape file")
    parser.add_argument("mesh", metavar="MESH", type=Path, help="the mesh that it should be like")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Raises NeuralShapesError when one of the files cannot be read."""
    # Distances and surfaces take a while to import, which help and other commands should not wait for.
    from ..geometry.files import read_mesh
    from ..geometry.measures import measure_field
    from ..geometry.solid import solid_distance
    from ..learning.torch_field import TorchField

    shape = shape_file.load(arguments.shape)
    mesh = shape.placement.mesh_to_domain(read_mesh(arguments.mesh))
    distance = solid_distance(mesh)
    with ProgressLine() as line:
        measures = measure_field(
            TorchField(shape.field), distance, lambda share: line.show(f"measuring: {share:.0%}")
        )
    return printed_figures(measures.as_dict())
