"""Bake a map of a shape's detail for the UVs of a low-poly mesh."""

import argparse
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..atomic_write import write_atomically
from ..errors import NeuralShapesError
from ..mapping.bake import BakeSettings, BakeTarget, bake
from ..mapping.map_image import map_image
from ..mapping.neural_normals import Reach
from ..mapping.tangents import triangle_tangents
from ..mapping.transform import TargetTransform
from ..tracing.png import png_bytes
from .arguments import add_time_argument
from .mapping import add_baking_arguments, add_reach_arguments, bake_settings
from .moment import load_moment
from .output import require_suffix, require_writable
from .progress import ProgressLine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The shape, the low-poly mesh, the map, and how points find the surface."""
    parser.add_argument("shape", metavar="SHAPE", type=Path, help="a shape file")
    parser.add_argument(
        "target", metavar="LOWPOLY", type=Path, help="a mesh with UVs, placed as the shape's source is"
    )
    parser.add_argument("-o", "--output", metavar="PNG", type=Path, required=True, help="the map to write")
    add_baking_arguments(parser)
    add_reach_arguments(parser)
    add_time_argument(parser)


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Bake and save. ``full_scale`` in the result says what the colours mean (see ``mapping.map_image``).

    Raises NeuralShapesError when a file cannot be read or written, or the mesh has no UVs or is inside out.
    """
    require_suffix(arguments.output, ".png")
    require_writable(arguments.output, arguments.shape, arguments.target)
    settings = bake_settings(arguments)
    shape = load_moment(arguments.shape, arguments.time, arguments.true_volume)
    target = _target(arguments.target, settings)
    reach = Reach.of_field(shape.field, arguments.newton_steps, arguments.distance * shape.placement.scale)
    transform = TargetTransform.of_placement(shape.placement)
    started = time.perf_counter()
    with ProgressLine() as line:
        # By numpy: torch would take longer to be imported than most bakes take.
        baked = bake(
            shape.field,
            target,
            transform,
            settings,
            reach,
            lambda share: line.show(f"baking: {share:.0%}"),
        )
    seconds = time.perf_counter() - started
    image = map_image(baked, settings.attribute, settings.space)
    try:
        write_atomically(arguments.output, png_bytes(image.colours[::-1], arguments.bits))
    except OSError as error:
        raise NeuralShapesError(f"{arguments.output} could not be written: {error.strerror}.") from error
    return {
        "full_scale": image.full_scale,
        "masked_share": baked.masked_share,
        "overlapping_share": baked.overlapping_share,
        "seconds": seconds,
    }


def _target(path: Path, settings: BakeSettings) -> BakeTarget:
    # trimesh takes a second to import, which help and other commands should not wait for.
    from ..geometry.target_files import read_target_file

    mesh = read_target_file(path)
    if mesh.uvs is None:
        raise NeuralShapesError(f"{path} has no UVs, which a map needs; unwrap it in Blender first.")
    positions = mesh.vertices[mesh.faces]
    target = BakeTarget(positions, mesh.normals, mesh.uvs)
    if not settings.needs_tangents:
        return target
    return replace(target, tangents=triangle_tangents(positions, mesh.normals, mesh.uvs))
