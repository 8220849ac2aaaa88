"""Transfer an object's neural shape's normals to low-poly meshes, and save the file."""

import argparse
from typing import Any

import bpy

from ...core.command.arguments import share
from ...core.command.mapping import add_reach_arguments
from ...scene.custom_normals import NormalsKind, masked_share
from ...session.mapping import MappingOptions
from ...session.normals import NormalsOptions, transfer_normals
from .blend_file import add_save_argument, find_object, find_shape, require_done, require_saveable, save_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The shape, the targets, how their normals are set, and where the file goes."""
    parser.add_argument("--shape", metavar="NAME", required=True, help="an object with a neural shape")
    parser.add_argument(
        "--object", metavar="NAME", action="append", required=True, help="a target; may be given repeatedly"
    )
    parser.add_argument(
        "--kind",
        choices=[str(kind) for kind in NormalsKind],
        default=str(NormalsKind.FREE),
        help="free normals are exact, deforming ones follow a rig (default: free)",
    )
    parser.add_argument("--strength", type=share, default=1.0, help="from 0 to 1 (default: 1)")
    parser.add_argument("--vertex-group", default="", help="where, and how strongly (default: all over)")
    add_reach_arguments(parser, "the scene's")
    add_save_argument(parser)


def run(arguments: argparse.Namespace, context: bpy.types.Context) -> dict[str, Any]:
    """Raises NeuralShapesError, and saves nothing, when one of the targets cannot take normals."""
    require_saveable(arguments.save)
    holder, targets = find_shape(arguments.shape), [find_object(name) for name in arguments.object]
    mapping = MappingOptions(arguments.newton_steps, arguments.distance)
    options = NormalsOptions(NormalsKind(arguments.kind), arguments.strength, arguments.vertex_group)
    for target in targets:
        require_done(transfer_normals(target, holder, mapping, options))
    save_file(arguments.save)
    return {target.name: {"masked_share": masked_share(target.data)} for target in targets}
