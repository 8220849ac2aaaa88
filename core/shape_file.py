"""The one file format of neural shapes: safetensors bytes with a versioned header, by numpy alone.

A safetensors file is a little-endian 64-bit length, a JSON header of that length, and raw arrays. The
header's ``__metadata__`` maps strings to strings; the description of the shape is JSON under one key there.
The same bytes are a file on disk and a property in a .blend, and neither is trusted.
"""

import json
import math
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from .atomic_write import write_atomically
from .errors import NeuralShapesError
from .fields.nested import Level, NestedField, ResidualBand
from .fields.siren import Siren
from .geometry.placement import Placement
from .neural_shape import NeuralShape, Provenance

VERSION = 1
METADATA_KEY = "neural_shapes"
LENGTH_BYTES = 8
# The safetensors format's own limit on its header.
MAXIMUM_HEADER_BYTES = 100_000_000
ALIGNMENT = 8


class ShapeFileError(NeuralShapesError):
    """Bytes that are no neural shape that this version can read; the text says why."""


def to_bytes(shape: NeuralShape) -> bytes:
    """The shape as bytes in the safetensors format."""
    arrays = {
        f"level{index}.{kind}{layer}": np.ascontiguousarray(array, dtype="<f4")
        for index, level in enumerate(shape.field.levels)
        for kind, group in (("weight", level.network.weights), ("bias", level.network.biases))
        for layer, array in enumerate(group)
    }
    header: dict[str, Any] = {"__metadata__": {METADATA_KEY: json.dumps(_description(shape), sort_keys=True)}}
    offset = 0
    for name, array in arrays.items():
        header[name] = {
            "dtype": "F32",
            "shape": list(array.shape),
            "data_offsets": [offset, offset + array.nbytes],
        }
        offset += array.nbytes
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % ALIGNMENT)
    return b"".join(
        [
            len(encoded).to_bytes(LENGTH_BYTES, "little"),
            encoded,
            *(array.tobytes() for array in arrays.values()),
        ]
    )


def from_bytes(data: bytes) -> NeuralShape:
    """The shape that ``to_bytes`` wrote.

    Raises ShapeFileError when the bytes are damaged, truncated, foreign, or of a newer version.
    """
    header, body = _split(data)
    try:
        description = json.loads(header["__metadata__"][METADATA_KEY])
        version = description["version"]
    except (KeyError, TypeError, ValueError):
        raise ShapeFileError("This is a safetensors file, but not a neural shape.") from None
    if type(version) is not int or version < 1:
        raise ShapeFileError("The neural shape is damaged: its format has no valid version.")
    if version > VERSION:
        raise ShapeFileError(
            "This neural shape was written by a newer version of Neural Shapes; please update the extension."
        )
    try:
        return _shape(description, header, body)
    except ShapeFileError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise ShapeFileError("The neural shape is damaged: its description is not valid.") from error


def save(shape: NeuralShape, path: str | os.PathLike[str]) -> int:
    """Write the shape to a file as a whole or not at all; returns its size in bytes.

    Raises ShapeFileError when the file cannot be written.
    """
    path, data = Path(path), to_bytes(shape)
    try:
        write_atomically(path, data)
    except OSError as error:
        raise ShapeFileError(f"{path} could not be written: {error.strerror}.") from error
    return len(data)


def load(path: str | os.PathLike[str]) -> NeuralShape:
    """The shape in a file. Raises ShapeFileError when it cannot be read or is no neural shape."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ShapeFileError(f"{path} could not be read: {error.strerror}.") from error
    return from_bytes(data)


def _description(shape: NeuralShape) -> dict[str, Any]:
    return {
        "version": VERSION,
        "levels": [
            {
                "layers": len(level.network.weights),
                "first_omega": level.network.first_omega,
                "hidden_omega": level.network.hidden_omega,
                "threshold": level.threshold,
                "band": asdict(level.band) if level.band else None,
            }
            for level in shape.field.levels
        ],
        "placement": asdict(shape.placement),
        "provenance": asdict(shape.provenance),
        "measures": dict(shape.measures),
    }


def _split(data: bytes) -> tuple[dict[str, Any], memoryview]:
    if len(data) < LENGTH_BYTES:
        raise ShapeFileError("This is not a neural shape: the file is too short.")
    length = int.from_bytes(data[:LENGTH_BYTES], "little")
    if length > MAXIMUM_HEADER_BYTES or LENGTH_BYTES + length > len(data):
        raise ShapeFileError("This is not a neural shape, or the file is truncated.")
    try:
        header = json.loads(data[LENGTH_BYTES : LENGTH_BYTES + length])
    except (ValueError, RecursionError):
        raise ShapeFileError("This is not a neural shape: its header cannot be read.") from None
    if not isinstance(header, dict):
        raise ShapeFileError("This is not a neural shape: its header cannot be read.")
    return header, memoryview(data)[LENGTH_BYTES + length :]


def _array(header: dict[str, Any], body: memoryview, name: str) -> np.ndarray:
    entry = header[name]
    shape, (start, end) = tuple(entry["shape"]), entry["data_offsets"]
    if entry["dtype"] != "F32" or not all(isinstance(size, int) and size > 0 for size in shape):
        raise ShapeFileError(f"The neural shape is damaged: {name} is no array of 32-bit numbers.")
    if not (0 <= start <= end <= len(body)) or end - start != 4 * math.prod(shape):
        raise ShapeFileError("The neural shape is truncated or damaged: an array is incomplete.")
    array = np.frombuffer(body[start:end], dtype="<f4").reshape(shape).astype(np.float32)
    if not np.isfinite(array).all():
        raise ShapeFileError(
            "The neural shape is damaged: a network has weights that are not finite numbers."
        )
    return array


def _shape(description: dict[str, Any], header: dict[str, Any], body: memoryview) -> NeuralShape:
    levels = []
    for index, level in enumerate(description["levels"]):
        layers = range(_whole(level["layers"], "layers"))
        network = Siren(
            tuple(_array(header, body, f"level{index}.weight{layer}") for layer in layers),
            tuple(_array(header, body, f"level{index}.bias{layer}") for layer in layers),
            _finite(level["first_omega"]),
            _finite(level["hidden_omega"]),
        )
        band = level["band"]
        if band is not None:
            band = ResidualBand(_finite(band["scale"]), _finite(band["inner"]), _finite(band["outer"]))
        levels.append(Level(network, _finite(level["threshold"]), band))
    centre, scale = description["placement"]["centre"], _finite(description["placement"]["scale"])
    if len(centre) != 3 or scale <= 0:
        raise ShapeFileError("The neural shape is damaged: its placement is no similarity.")
    placement = Placement((_finite(centre[0]), _finite(centre[1]), _finite(centre[2])), scale)
    measures = description["measures"]
    if not all(isinstance(value, (int, float, str)) for value in measures.values()):
        raise ShapeFileError("The neural shape is damaged: its measures are no figures.")
    return NeuralShape(
        NestedField(tuple(levels)), placement, _provenance(description["provenance"]), measures
    )


def _provenance(entry: dict[str, Any]) -> Provenance:
    return Provenance(
        source=str(entry["source"]),
        source_digest=str(entry["source_digest"]),
        recipe=str(entry["recipe"]),
        seed=_whole(entry["seed"], "seed"),
        steps=_whole(entry["steps"], "steps"),
        planned_steps=_whole(entry["planned_steps"], "planned steps"),
        threads=_whole(entry["threads"], "threads"),
        device=str(entry["device"]),
        seconds={str(phase): _finite(seconds) for phase, seconds in entry["seconds"].items()},
    )


def _finite(number: object) -> float:
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not math.isfinite(number):
        raise ShapeFileError("The neural shape is damaged: a number in its description is not finite.")
    return float(number)


def _whole(number: object, name: str) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 2**63:
        raise ShapeFileError(f"The neural shape is damaged: {name} is no whole number.")
    return number
