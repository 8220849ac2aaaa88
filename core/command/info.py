"""Show what a shape file holds."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .. import shape_file
from ..fields.nested import Level, NestedField
from ..fields.space_time import SpaceTimeField
from ..neural_shape import Key


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The shape."""
    parser.add_argument("shape", metavar="SHAPE", type=Path, help="a shape file")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Raises ShapeFileError when the file is no shape."""
    shape = shape_file.load(arguments.shape)
    field = shape.field
    return {
        **(_nested(field) if isinstance(field, NestedField) else _over_time(field, shape.keys)),
        "bytes": arguments.shape.stat().st_size,
        "placement": asdict(shape.placement),
        **asdict(shape.provenance),
        "repairs": shape.provenance.repairs.sentence,
        **shape.measures,
    }


def _nested(field: NestedField) -> dict[str, Any]:
    return {
        "levels": [_described(level) for level in field.levels],
        "thresholds": field.thresholds,
        "parameters": field.parameter_count,
    }


def _over_time(field: SpaceTimeField, keys: tuple[Key, ...]) -> dict[str, Any]:
    """The keys with their times, and the levels of each segment as it is at its first time."""
    segments = [field.at_time(time) for time in field.times[:-1]]
    return {
        "keys": [key.source for key in keys],
        "times": field.times,
        "segments": [[_described(level) for level in segment.levels] for segment in segments],
        "thresholds": [segment.thresholds for segment in segments],
        "parameters": sum(segment.parameter_count for segment in field.segments),
    }


def _described(level: Level) -> str:
    """The network, and what it stands on."""
    kind = "alone" if level.band is None else "residual"
    return f"{level.network.notation} {kind}"
