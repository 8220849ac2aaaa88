"""The messages between Blender and its worker: their layout on a byte stream, and refusal of all else.

A message is a fixed prefix (magic, version, header length), a JSON header and the raw bytes of its arrays in
the order that the header lists them, little-endian and in C order. Nothing that is read is ever executed.
"""

import json
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np

from ..core.errors import NeuralShapesError

PROTOCOL_VERSION = 1

MAGIC = b"NSWK"
PREFIX = struct.Struct("<4sHI")

# A header holds names, settings and figures; a mesh of two million triangles takes some 75 MB of arrays.
MAXIMUM_HEADER_BYTES = 1 << 20
MAXIMUM_ARRAYS_BYTES = 2 << 30
MAXIMUM_DIMENSIONS = 4

DTYPES = {
    name: np.dtype(name).newbyteorder("<") for name in ("float32", "float64", "int32", "int64", "uint8")
}
Buffer = bytes | memoryview
Layout = tuple[str, np.dtype, tuple[int, ...]]

# What a client sends.
JOB = "job"
QUERY = "query"
CANCEL = "cancel"
# What a worker sends.
READY = "ready"
PROGRESS = "progress"
DONE = "done"
FAILED = "failed"
CANCELLED = "cancelled"

KINDS = frozenset({JOB, QUERY, CANCEL, READY, PROGRESS, DONE, FAILED, CANCELLED})


class ProtocolError(NeuralShapesError):
    """What came over the stream is no message of this version."""


@dataclass(frozen=True)
class Message:
    """One message: `id` is the number of the request that it belongs to, `body` whatever JSON can say."""

    kind: str
    id: int
    body: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)


def encode(message: Message) -> list[Buffer]:
    """The message as the buffers to write one after the other; contiguous arrays are views, not copies.

    Raises ProtocolError for a message that no reader would accept.
    """
    if sum(array.nbytes for array in message.arrays.values()) > MAXIMUM_ARRAYS_BYTES:
        raise ProtocolError(f"A worker accepts no more than {MAXIMUM_ARRAYS_BYTES >> 30} GB of data at once.")
    arrays = {name: _as_sent(name, array) for name, array in message.arrays.items()}
    header = {
        "kind": message.kind,
        "id": message.id,
        "body": message.body,
        "arrays": [[name, array.dtype.name, list(array.shape)] for name, array in arrays.items()],
    }
    try:
        encoded = json.dumps(header, separators=(",", ":")).encode()
    except (TypeError, ValueError) as error:
        raise ProtocolError(f"The message's body cannot be sent: {error}.") from error
    if len(encoded) > MAXIMUM_HEADER_BYTES:
        raise ProtocolError("The message's header is larger than a worker accepts.")
    prefix = PREFIX.pack(MAGIC, PROTOCOL_VERSION, len(encoded))
    return [prefix + encoded, *(_bytes_of(array) for array in arrays.values())]


def write_message(stream: BinaryIO, message: Message) -> None:
    """Write and flush one message. Raises ProtocolError, before a byte is written, where `encode` does."""
    for buffer in encode(message):
        stream.write(buffer)
    stream.flush()


def read_message(stream: BinaryIO) -> Message | None:
    """Read one message, or None where the stream ends between two messages.

    Raises ProtocolError for anything else than a whole message of this version within the limits.
    """
    prefix = _read(stream, PREFIX.size, may_end=True)
    if prefix is None:
        return None
    magic, version, header_length = PREFIX.unpack(prefix)
    if magic != MAGIC:
        raise ProtocolError("The other side of the stream sent what is no message of Neural Shapes.")
    if version != PROTOCOL_VERSION:
        raise ProtocolError(
            f"The other side speaks version {version} of the worker's messages and this side version "
            f"{PROTOCOL_VERSION}; restart Blender after installing another version of Neural Shapes."
        )
    if header_length > MAXIMUM_HEADER_BYTES:
        raise ProtocolError(f"A message announced a header of {header_length} bytes, more than is accepted.")
    kind, request, body, layout = _parse_header(_read(stream, header_length))
    arrays = {name: _read_array(stream, dtype, shape) for name, dtype, shape in layout}
    return Message(kind, request, body, arrays)


def _parse_header(encoded: bytes) -> tuple[str, int, dict[str, Any], list[Layout]]:
    """The kind, id, body and arrays' layout that a header announces, all of them checked."""
    try:
        header = json.loads(encoded)
        kind, request, body, arrays = (header[key] for key in ("kind", "id", "body", "arrays"))
        is_known = kind in KINDS
        layout = [_checked_layout(*entry) for entry in arrays]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ProtocolError(f"A message's header is damaged: {error!r}.") from error
    if not is_known or type(request) is not int or not isinstance(body, dict):
        raise ProtocolError("A message's header is damaged: its kind, id or body is unknown.")
    if len({name for name, _, _ in layout}) != len(layout):
        raise ProtocolError("A message's header is damaged: it names an array twice.")
    if sum(dtype.itemsize * math.prod(shape) for _, dtype, shape in layout) > MAXIMUM_ARRAYS_BYTES:
        raise ProtocolError("A message announced more data than is accepted.")
    return kind, request, body, layout


def _checked_layout(name: str, dtype: str, shape: list[int]) -> Layout:
    sizes = isinstance(shape, list) and all(type(size) is int and size >= 0 for size in shape)
    if not isinstance(name, str) or not sizes or not _is_accepted(shape):
        raise ValueError(f"array {name!r} of shape {shape!r}")
    return name, DTYPES[dtype], tuple(shape)


def _is_accepted(shape: Sequence[int]) -> bool:
    """Whether arrays of a shape are sent and read; numpy refuses too large ones even where they are empty."""
    if len(shape) > MAXIMUM_DIMENSIONS:
        return False
    return math.prod(max(size, 1) for size in shape) <= MAXIMUM_ARRAYS_BYTES


def _read_array(stream: BinaryIO, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    try:
        array = np.empty(shape, dtype)
    except MemoryError as error:
        gigabytes = dtype.itemsize * math.prod(shape) / (1 << 30)
        raise ProtocolError(
            f"Memory ran out for {gigabytes:.1f} GB of a message; close other programs."
        ) from error
    remaining = _bytes_of(array)
    while len(remaining):
        count = stream.readinto(remaining)
        if not count:
            raise ProtocolError("The stream ended within a message.")
        remaining = remaining[count:]
    return array


def _read(stream: BinaryIO, size: int, may_end: bool = False) -> bytes | None:
    """Exactly `size` bytes; None if `may_end` and the stream ended before the first of them."""
    parts = bytearray()
    while len(parts) < size:
        part = stream.read(size - len(parts))
        if not part:
            if may_end and not parts:
                return None
            raise ProtocolError("The stream ended within a message.")
        parts += part
    return bytes(parts)


def _as_sent(name: str, array: np.ndarray) -> np.ndarray:
    if array.dtype.name not in DTYPES or not _is_accepted(array.shape):
        raise ProtocolError(f"The array {name!r} of {array.dtype} and shape {array.shape} cannot be sent.")
    # Not np.ascontiguousarray, which makes a scalar one-dimensional.
    return np.asarray(array, dtype=DTYPES[array.dtype.name], order="C")


def _bytes_of(array: np.ndarray) -> memoryview:
    return memoryview(array.reshape(-1).view(np.uint8))
