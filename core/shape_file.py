"""The one file format of neural shapes, static or changing over time: a versioned description and arrays.

The same bytes are a file on disk and a property in a .blend, and neither is trusted. Static shapes of SIRENs
are still written as version 1; version 2 added shapes over time, with their segments and keys, and version 3
static shapes of other networks.
"""

import math
import os
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from .atomic_write import write_atomically
from .fields.flow import DivergenceFreeFlow
from .fields.nested import Level, NestedField, Network, ResidualBand
from .fields.perceptron import Perceptron
from .fields.siren import Siren
from .fields.space_time import BlendedSegment, Segment, SpaceTimeField, TrainedSegment
from .geometry.placement import Placement
from .geometry.repairs import Repairs
from .geometry.surface_boundary import SurfaceBoundary
from .neural_shape import Key, NeuralShape, Provenance
from .shape_arrays import ShapeFileError, pack, unpack

VERSION = 3
STATIC_VERSION, MORPH_VERSION, PERCEPTRON_VERSION = 1, 2, 3
# A key that is scaled down further is no shape any more; its inverse cube is still a number.
SMALLEST_SHRINKAGE = 1e-6
# The one measure that is a sentence.
FAILURE = "failed"
FLOW_ARRAYS = ("frequencies", "phases", "coefficients")
# Versions that know no boundary read the rest of the shape.
BOUNDARY_ARRAYS = ("ends", "inward", "normals")


def to_bytes(shape: NeuralShape) -> bytes:
    """The shape as bytes in the safetensors format.

    Raises ShapeFileError when its weights are not finite numbers.
    """
    arrays: dict[str, np.ndarray] = {}
    description: dict[str, Any] = {
        "placement": asdict(shape.placement),
        "provenance": asdict(shape.provenance),
        "measures": dict(shape.measures),
    }
    if isinstance(shape.field, NestedField):
        is_newer = any(isinstance(level.network, Perceptron) for level in shape.field.levels)
        description["version"] = PERCEPTRON_VERSION if is_newer else STATIC_VERSION
        description["levels"] = _describe_levels(shape.field, "", arrays)
        if shape.boundary is not None:
            description["has_boundary"] = True
            for name in BOUNDARY_ARRAYS:
                arrays[f"boundary.{name}"] = getattr(shape.boundary, name)
    else:
        description |= {"version": MORPH_VERSION, "times": list(shape.field.times)}
        description["segments"] = [
            _describe_segment(segment, f"segment{index}.", arrays)
            for index, segment in enumerate(shape.field.segments)
        ]
        description["keys"] = [asdict(key) for key in shape.keys]
        description["over_time"] = {name: list(values) for name, values in shape.over_time.items()}
    return pack(description, arrays)


def from_bytes(data: bytes) -> NeuralShape:
    """The shape that ``to_bytes`` wrote.

    Raises ShapeFileError when the bytes are damaged, truncated, foreign, or of a newer version.
    """
    description, arrays = unpack(data)
    version = description.get("version")
    if "version" not in description:
        raise ShapeFileError("This is a safetensors file, but not a neural shape.")
    if type(version) is not int or version < 1:
        raise ShapeFileError("The neural shape is damaged: its format has no valid version.")
    if version > VERSION:
        raise ShapeFileError(
            "This neural shape was written by a newer version of Neural Shapes; please update the extension."
        )
    try:
        return _shape(description, arrays)
    except ShapeFileError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise ShapeFileError("The neural shape is damaged: its description is not valid.") from error


def save(shape: NeuralShape, path: str | os.PathLike[str]) -> int:
    """Write the shape to a file as a whole or not at all; returns its size in bytes.

    Raises ShapeFileError when its weights are not finite numbers, or the file cannot be written.
    """
    path, data = Path(path), to_bytes(shape)
    try:
        write_atomically(path, data)
    except OSError as error:
        raise ShapeFileError(f"{path} could not be written: {error.strerror}.") from error
    return len(data)


def load(path: str | os.PathLike[str]) -> NeuralShape:
    """The shape in a file. Raises ShapeFileError, which names it, when it cannot be read or is no shape."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ShapeFileError(f"{path} could not be read: {error.strerror}.") from error
    try:
        return from_bytes(data)
    except ShapeFileError as error:
        raise ShapeFileError(f"{path}: {error}") from error


def _describe_levels(field: NestedField, prefix: str, arrays: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    """The levels of a field as JSON; their weights are added to ``arrays`` under names with the prefix."""
    for index, level in enumerate(field.levels):
        for kind, group in (("weight", level.network.weights), ("bias", level.network.biases)):
            for layer, array in enumerate(group):
                arrays[f"{prefix}level{index}.{kind}{layer}"] = array
        if getattr(level.network, "frequencies", None) is not None:
            arrays[f"{prefix}level{index}.frequencies"] = level.network.frequencies
    return [
        {
            "layers": len(level.network.weights),
            **_describe_activations(level.network),
            "threshold": level.threshold,
            "band": asdict(level.band) if level.band else None,
        }
        for level in field.levels
    ]


def _describe_activations(network: Network) -> dict[str, Any]:
    if isinstance(network, Siren):
        return {"first_omega": network.first_omega, "hidden_omega": network.hidden_omega}
    has_frequencies = network.frequencies is not None
    return {"activation": network.activation, "skip": network.skip, "has_frequencies": has_frequencies}


def _describe_segment(segment: Segment, prefix: str, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    if isinstance(segment, BlendedSegment):
        return {
            "kind": "blended",
            "first": _describe_levels(segment.first, f"{prefix}first.", arrays),
            "second": _describe_levels(segment.second, f"{prefix}second.", arrays),
            "thresholds": list(segment.thresholds),
        }
    if segment.flow is not None:
        for name in FLOW_ARRAYS:
            arrays[f"{prefix}flow.{name}"] = getattr(segment.flow, name)
    return {
        "kind": "trained",
        "levels": _describe_levels(segment.field, prefix, arrays),
        "has_flow": segment.flow is not None,
    }


def _shape(description: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> NeuralShape:
    measures = _measures(description["measures"])
    placement, provenance = _placement(description["placement"]), _provenance(description["provenance"])
    if description["version"] != MORPH_VERSION:
        field = _nested_field(description["levels"], "", arrays, description["version"])
        boundary = None
        if description.get("has_boundary"):
            boundary = SurfaceBoundary(*(arrays[f"boundary.{name}"] for name in BOUNDARY_ARRAYS))
        return NeuralShape(field, placement, provenance, measures, boundary=boundary)
    segments = tuple(
        _segment(entry, f"segment{index}.", arrays) for index, entry in enumerate(description["segments"])
    )
    field = SpaceTimeField(segments, tuple(_finite(time) for time in description["times"]))
    keys = tuple(_key(entry) for entry in description["keys"])
    if len(keys) != len(field.times):
        raise ShapeFileError("The neural shape is damaged: it has not one key for each of its times.")
    over_time = {
        str(name): tuple(_figure(value) for value in values)
        for name, values in description["over_time"].items()
    }
    return NeuralShape(field, placement, provenance, measures, keys, over_time)


def _nested_field(
    entries: list[dict[str, Any]],
    prefix: str,
    arrays: Mapping[str, np.ndarray],
    version: int = MORPH_VERSION,
) -> NestedField:
    levels = []
    for index, level in enumerate(entries):
        layers = range(_whole(level["layers"], "layers"))
        weights = tuple(arrays[f"{prefix}level{index}.weight{layer}"] for layer in layers)
        biases = tuple(arrays[f"{prefix}level{index}.bias{layer}"] for layer in layers)
        if version == PERCEPTRON_VERSION and "activation" in level:
            frequencies = arrays[f"{prefix}level{index}.frequencies"] if level["has_frequencies"] else None
            skip = None if level["skip"] is None else _whole(level["skip"], "skip")
            network: Network = Perceptron(weights, biases, level["activation"], frequencies, skip)
        else:
            omegas = _finite(level["first_omega"]), _finite(level["hidden_omega"])
            network = Siren(weights, biases, *omegas)
        band = level["band"]
        if band is not None:
            band = ResidualBand(_finite(band["scale"]), _finite(band["inner"]), _finite(band["outer"]))
        levels.append(Level(network, _finite(level["threshold"]), band))
    return NestedField(tuple(levels))


def _segment(entry: dict[str, Any], prefix: str, arrays: Mapping[str, np.ndarray]) -> Segment:
    if entry["kind"] == "blended":
        return BlendedSegment(
            _nested_field(entry["first"], f"{prefix}first.", arrays),
            _nested_field(entry["second"], f"{prefix}second.", arrays),
            tuple(_finite(threshold) for threshold in entry["thresholds"]),
        )
    if entry["kind"] != "trained":
        raise ShapeFileError("The neural shape is damaged: a segment is of an unknown kind.")
    flow = None
    if entry["has_flow"]:
        flow = DivergenceFreeFlow(*(arrays[f"{prefix}flow.{name}"] for name in FLOW_ARRAYS))
    return TrainedSegment(_nested_field(entry["levels"], prefix, arrays), flow)


def _placement(entry: dict[str, Any]) -> Placement:
    scale = _finite(entry["scale"])
    if scale <= 0:
        raise ShapeFileError("The neural shape is damaged: its placement is no similarity.")
    return Placement(_position(entry["centre"]), scale)


def _position(entry: list[object]) -> tuple[float, float, float]:
    if len(entry) != 3:
        raise ShapeFileError("The neural shape is damaged: a position has not three coordinates.")
    return _finite(entry[0]), _finite(entry[1]), _finite(entry[2])


def _shrinkage(number: object) -> float:
    if not SMALLEST_SHRINKAGE <= _finite(number) <= 1:
        raise ShapeFileError("The neural shape is damaged: a key is not scaled down.")
    return float(number)


def _key(entry: dict[str, Any]) -> Key:
    return Key(
        source=str(entry["source"]),
        source_digest=str(entry["source_digest"]),
        placement=_placement(entry["placement"]),
        volume=_finite(entry["volume"]),
        shrinkage=_shrinkage(entry["shrinkage"]),
        centre=_position(entry["centre"]),
    )


def _provenance(entry: dict[str, Any]) -> Provenance:
    return Provenance(
        source=str(entry["source"]),
        source_digest=str(entry["source_digest"]),
        recipe=str(entry["recipe"]),
        seed=_whole(entry["seed"], "seed"),
        steps=_whole(entry["steps"], "steps"),
        planned_steps=_whole(entry["planned_steps"], "planned steps"),
        steps_of_levels=tuple(_whole(steps, "a level's steps") for steps in entry.get("steps_of_levels", ())),
        threads=_whole(entry["threads"], "threads"),
        device=str(entry["device"]),
        seconds={str(phase): _finite(seconds) for phase, seconds in entry["seconds"].items()},
        repairs=_repairs(entry.get("repairs", {})),
    )


def _repairs(entry: dict[str, Any]) -> Repairs:
    """Shapes of before there was a note of repairs have no entry, and each count that is missing is zero."""
    names = [field.name for field in fields(Repairs)]
    return Repairs(**{name: _whole(entry.get(name, 0), name) for name in names})


def _measures(entry: dict[str, Any]) -> dict[str, float | int | str]:
    """The measures as they are: figures, and of a failure the sentence."""
    for name, value in entry.items():
        if name != FAILURE:
            _figure(value)
        elif not isinstance(value, str):
            raise ShapeFileError("The neural shape is damaged: its failure is no sentence.")
    return entry


def _figure(number: object) -> float:
    """A measured number, which may be infinite or none where there was nothing to measure."""
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise ShapeFileError("The neural shape is damaged: its measures are no figures.")
    return float(number)


def _finite(number: object) -> float:
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not math.isfinite(number):
        raise ShapeFileError("The neural shape is damaged: a number in its description is not finite.")
    return float(number)


def _whole(number: object, name: str) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 2**63:
        raise ShapeFileError(f"The neural shape is damaged: {name} is no whole number.")
    return number
