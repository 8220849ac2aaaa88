"""Bake a map of an object's neural shape for the UVs of a low-poly mesh."""

import argparse
from typing import Any

import bpy

from ...core.command.mapping import add_baking_arguments, add_reach_arguments, bake_settings
from ...core.command.output import require_suffix, require_writable
from ...scene.map_images import FULL_SCALE, MASKED_SHARE, OVERLAPPING_SHARE, baked_image
from ...scene.shares import read_share
from ...session.baking import BakeOptions, bake
from ...session.mapping import MappingOptions
from .blend_file import find_object, find_shape, require_done


def add_arguments(parser: argparse._ArgumentGroup) -> None:
    """The shape and the map; the target and the file are those of `bake`."""
    parser.add_argument("--shape", metavar="NAME", help="an object with a neural shape")
    add_baking_arguments(parser)
    add_reach_arguments(parser, "the scene's")


def run(arguments: argparse.Namespace, context: bpy.types.Context) -> dict[str, Any]:
    """Raises NeuralShapesError when the target has no UVs or the map cannot be written."""
    require_suffix(arguments.output, ".png")
    require_writable(arguments.output)
    chosen = bake_settings(arguments)
    options = BakeOptions(
        chosen.attribute,
        chosen.space,
        chosen.width,
        chosen.height,
        chosen.samples_per_side,
        chosen.margin,
        arguments.bits,
        wire=False,
    )
    target, holder = find_object(arguments.object), find_shape(arguments.shape)
    mapping = MappingOptions(arguments.newton_steps, arguments.distance)
    require_done(bake(target, holder, mapping, options, arguments.output.absolute()))
    image = baked_image(target, options.attribute)
    return {
        "masked_share": read_share(image, MASKED_SHARE),
        "overlapping_share": read_share(image, OVERLAPPING_SHARE),
        "full_scale": image[FULL_SCALE],
    }
