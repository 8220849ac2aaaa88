"""Bake a map of an object's neural shape for a low-poly mesh, or with --frames a morph as mesh files."""

import argparse
from pathlib import Path
from typing import Any

import bpy

from ...core.errors import NeuralShapesError
from . import bake_map, bake_morph


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The object, what is written, and the options of both kinds."""
    parser.add_argument(
        "--object", metavar="NAME", required=True, help="the map's target, a mesh with UVs; or the morph"
    )
    parser.add_argument(
        "-o", "--output", metavar="PATH", type=Path, required=True, help="the map (PNG) or the frames' folder"
    )
    bake_map.add_arguments(parser.add_argument_group("a map"))
    bake_morph.add_arguments(parser.add_argument_group("a morph"))


def run(arguments: argparse.Namespace, context: bpy.types.Context) -> dict[str, Any]:
    """Raises NeuralShapesError when options of both kinds are given, and what baking raises."""
    maps, morphs = _given(bake_map, arguments), _given(bake_morph, arguments)
    if maps and morphs:
        raise NeuralShapesError(f"{maps[0]} is for maps and {morphs[0]} for morphs; bake one at a time.")
    if not (arguments.shape or arguments.frames):
        raise NeuralShapesError("Give --shape for a map of a shape's detail, or --frames for a morph.")
    return (bake_map if arguments.shape else bake_morph).run(arguments, context)


def _given(kind: Any, arguments: argparse.Namespace) -> list[str]:
    """The options of one kind that are not as they are by default."""
    alone = argparse.ArgumentParser()
    kind.add_arguments(alone)
    defaults = vars(alone.parse_args([]))
    return [
        "--" + name.replace("_", "-") for name, value in defaults.items() if getattr(arguments, name) != value
    ]
