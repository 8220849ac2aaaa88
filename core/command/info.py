"""Show what a shape file holds."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .. import shape_file
from ..fields.nested import Level


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The shape."""
    parser.add_argument("shape", metavar="SHAPE", type=Path, help="a shape file")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Raises ShapeFileError when the file is no shape."""
    shape = shape_file.load(arguments.shape)
    return {
        "levels": [_described(level) for level in shape.field.levels],
        "thresholds": shape.field.thresholds,
        "parameters": shape.field.parameter_count,
        "bytes": arguments.shape.stat().st_size,
        "placement": asdict(shape.placement),
        **asdict(shape.provenance),
        **shape.measures,
    }


def _described(level: Level) -> str:
    """The network in the seed paper's notation, and what it stands on."""
    kind = "alone" if level.band is None else "residual"
    return f"({level.network.width},{level.network.depth}) {kind}"
