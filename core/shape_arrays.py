"""The container of shape files: safetensors bytes with a description and named arrays, by numpy alone.

A safetensors file is a little-endian 64-bit length, a JSON header of that length, and raw arrays. The
header's ``__metadata__`` maps strings to strings; the description is JSON under one key there.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from .errors import NeuralShapesError

METADATA_KEY = "neural_shapes"
LENGTH_BYTES = 8
# The safetensors format's own limit on its header.
MAXIMUM_HEADER_BYTES = 100_000_000
ALIGNMENT = 8


class ShapeFileError(NeuralShapesError):
    """A neural shape that cannot be kept, or bytes that are none that can be read; the text says why."""


def pack(description: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """A description and float32 arrays as bytes in the safetensors format.

    Raises ShapeFileError for numbers that are not finite, which ``unpack`` would refuse.
    """
    header: dict[str, Any] = {"__metadata__": {METADATA_KEY: json.dumps(description, sort_keys=True)}}
    parts, offset = [], 0
    for name, array in arrays.items():
        stored = np.ascontiguousarray(array, dtype="<f4")
        if not np.isfinite(stored).all():
            raise ShapeFileError("The neural shape cannot be kept: its weights are not finite numbers.")
        header[name] = {
            "dtype": "F32",
            "shape": list(stored.shape),
            "data_offsets": [offset, offset + stored.nbytes],
        }
        parts.append(stored.tobytes())
        offset += stored.nbytes
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % ALIGNMENT)
    return b"".join([len(encoded).to_bytes(LENGTH_BYTES, "little"), encoded, *parts])


class StoredArrays:
    """The arrays of a shape file by name, each checked when it is asked for."""

    def __init__(self, header: dict[str, Any], body: memoryview) -> None:
        self._header, self._body = header, body

    def __getitem__(self, name: str) -> np.ndarray:
        """A float32 array. Raises KeyError without one, ShapeFileError for one that is damaged."""
        entry = self._header[name]
        shape, (start, end) = tuple(entry["shape"]), entry["data_offsets"]
        if entry["dtype"] != "F32" or not all(isinstance(size, int) and size > 0 for size in shape):
            raise ShapeFileError(f"The neural shape is damaged: {name} is no array of 32-bit numbers.")
        if not (0 <= start <= end <= len(self._body)) or end - start != 4 * math.prod(shape):
            raise ShapeFileError("The neural shape is truncated or damaged: an array is incomplete.")
        array = np.frombuffer(self._body[start:end], dtype="<f4").reshape(shape).astype(np.float32)
        if not np.isfinite(array).all():
            raise ShapeFileError(
                "The neural shape is damaged: a network has weights that are not finite numbers."
            )
        return array


def unpack(data: bytes) -> tuple[dict[str, Any], StoredArrays]:
    """The description and the arrays of a shape file.

    Raises ShapeFileError when the bytes are no safetensors file, or one without a description.
    """
    header, body = _split(data)
    try:
        description = json.loads(header["__metadata__"][METADATA_KEY])
    except (KeyError, TypeError, ValueError, RecursionError):
        raise ShapeFileError("This is a safetensors file, but not a neural shape.") from None
    if not isinstance(description, dict):
        raise ShapeFileError("This is a safetensors file, but not a neural shape.")
    return description, StoredArrays(header, body)


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
