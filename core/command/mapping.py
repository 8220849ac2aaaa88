"""The arguments of the commands that map a shape onto a low-poly mesh, and what they mean."""

import argparse

from ..mapping.attributes import Attribute
from ..mapping.bake import BakeSettings, NormalSpace
from .arguments import any_whole_number, finite_number, positive_whole_number, whole_number

# The largest map that a texture unit takes.
LARGEST_SIZE = 16384

# Samples a texel, and how many that is along a side.
SAMPLES = {1: 1, 4: 2, 16: 4}


def add_reach_arguments(parser: argparse.ArgumentParser, whose_units: str = "the source's") -> None:
    """How a point finds the shape's surface: steps, distance; help says whose units the latter is in."""
    parser.add_argument(
        "--newton-steps",
        type=whole_number,
        default=0,
        help="steps to the neural surface before its normal is taken (default: 0, at the point itself)",
    )
    parser.add_argument(
        "--distance",
        type=distance,
        default=0.0,
        help=f"how far from the surface points take from it, in {whose_units} units (default: its threshold)",
    )


def add_baking_arguments(parser: argparse.ArgumentParser) -> None:
    """What is baked: map, space, size, samples, margin, bits."""
    parser.add_argument(
        "--map",
        choices=[str(attribute) for attribute in Attribute],
        default=str(Attribute.NORMAL),
        help="what is baked (default: normal)",
    )
    parser.add_argument(
        "--space",
        choices=[str(space) for space in NormalSpace],
        default=str(NormalSpace.TANGENT),
        help="of a normal map (default: tangent)",
    )
    parser.add_argument("--size", type=map_size, default=1024, help="texels a side (default: 1024)")
    parser.add_argument(
        "--samples",
        type=any_whole_number,
        choices=SAMPLES,
        default=1,
        help="samples in each texel; more smooth edges (default: 1)",
    )
    parser.add_argument(
        "--margin", type=whole_number, default=16, help="texels around the UV islands (default: 16)"
    )
    parser.add_argument(
        "--bits", type=any_whole_number, choices=(8, 16), default=8, help="of each channel (default: 8)"
    )


def bake_settings(arguments: argparse.Namespace) -> BakeSettings:
    """What ``add_baking_arguments`` was given."""
    return BakeSettings(
        Attribute(arguments.map),
        arguments.size,
        arguments.size,
        NormalSpace(arguments.space),
        SAMPLES[arguments.samples],
        arguments.margin,
    )


def distance(text: str) -> float:
    """A finite number from 0 on."""
    number = finite_number(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 0 on")
    return number


def map_size(text: str) -> int:
    """Texels a side."""
    number = positive_whole_number(text)
    if number > LARGEST_SIZE:
        raise argparse.ArgumentTypeError(f"is at most {LARGEST_SIZE} texels")
    return number
