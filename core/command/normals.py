"""Give the vertices of a low-poly mesh the normals of a shape."""

import argparse
from pathlib import Path
from typing import Any

from ..mapping.neural_normals import Reach
from ..mapping.transfer import transfer_vertex_normals
from ..mapping.transform import TargetTransform
from .arguments import add_time_argument
from .mapping import add_reach_arguments
from .moment import load_moment
from .output import require_suffix, require_writable
from .progress import ProgressLine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The shape, the low-poly mesh, the result, and how points find the surface."""
    parser.add_argument("shape", metavar="SHAPE", type=Path, help="a shape file")
    parser.add_argument(
        "target", metavar="LOWPOLY", type=Path, help="a mesh file, placed as the shape's source is"
    )
    parser.add_argument("-o", "--output", metavar="MESH", type=Path, required=True, help="the PLY to write")
    add_reach_arguments(parser)
    add_time_argument(parser)


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Map and save; the vertices keep their order.

    Raises NeuralShapesError when a file cannot be read or written, or the mesh is inside out.
    """
    # trimesh takes a second to import, which help and other commands should not wait for.
    from ..geometry.target_files import read_target_file, write_vertex_normals

    require_suffix(arguments.output, ".ply")
    require_writable(arguments.output, arguments.shape, arguments.target)
    shape = load_moment(arguments.shape, arguments.time, arguments.true_volume)
    target = read_target_file(arguments.target)
    scale = shape.placement.scale
    with ProgressLine() as line:
        normals, masked_share = transfer_vertex_normals(
            shape.field,
            target.vertices,
            target.faces,
            target.normals,
            TargetTransform.of_placement(shape.placement),
            Reach.of_field(shape.field, arguments.newton_steps, arguments.distance * scale),
            lambda share: line.show(f"transferring normals: {share:.0%}"),
        )
    write_vertex_normals(target, normals, arguments.output)
    return {"vertices": len(target.vertices), "faces": len(target.faces), "masked_share": masked_share}
