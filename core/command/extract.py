"""Extract the surface of a shape as a mesh."""

import argparse
from pathlib import Path
from typing import Any

from .arguments import add_extraction_arguments, add_time_argument
from .moment import load_moment
from .output import require_suffix, require_writable
from .progress import ProgressLine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The shape, the mesh, and which surface it is."""
    parser.add_argument("shape", metavar="SHAPE", type=Path, help="a shape file")
    parser.add_argument(
        "-o", "--output", metavar="MESH", type=Path, required=True, help="the mesh file to write"
    )
    add_extraction_arguments(parser)
    add_time_argument(parser)


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Extract and save, in the source's coordinates.

    Raises NeuralShapesError when there is no such level or surface, or the mesh cannot be written.
    """
    # Torch takes seconds to import, which help and other commands should not wait for.
    from ..geometry.files import SUFFIXES, write_mesh
    from ..meshing.shape_surface import extract_surface

    require_suffix(arguments.output, *SUFFIXES)
    require_writable(arguments.output, arguments.shape)
    shape = load_moment(arguments.shape, arguments.time, arguments.true_volume)
    with ProgressLine() as line:
        mesh, evaluated_share = extract_surface(
            shape,
            arguments.resolution,
            lambda share: line.show(f"extracting: {share:.0%}"),
            level=arguments.level,
            offset=arguments.offset,
            faces=arguments.faces,
            trim=arguments.trim,
        )
    write_mesh(mesh, arguments.output)
    return {
        "vertices": len(mesh.vertices),
        "faces": len(mesh.faces),
        "evaluated_share": evaluated_share,
    }
