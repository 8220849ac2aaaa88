"""Messages arrive as they were sent, and whatever is no whole message of this version is refused."""

import io
import json

import numpy as np
import pytest
from neural_shapes.worker import protocol
from neural_shapes.worker.protocol import Message, ProtocolError, read_message, write_message

ARRAYS = {
    "vertices": np.random.default_rng(0).normal(size=(5, 3)),
    "faces": np.arange(12, dtype=np.int64).reshape(4, 3),
    "values": np.linspace(0, 1, 7, dtype=np.float32),
    "bytes": np.frombuffer(b"safetensors", np.uint8),
    "nothing": np.empty((0, 3), np.int32),
    "number": np.float64(0.5),
}


def written(message: Message) -> bytes:
    stream = io.BytesIO()
    write_message(stream, message)
    return stream.getvalue()


def with_header(header: object, version: int = protocol.PROTOCOL_VERSION, arrays: bytes = b"") -> io.BytesIO:
    encoded = header if isinstance(header, bytes) else json.dumps(header).encode()
    return io.BytesIO(protocol.PREFIX.pack(protocol.MAGIC, version, len(encoded)) + encoded + arrays)


def header(**changes: object) -> dict[str, object]:
    return {"kind": "job", "id": 1, "body": {}, "arrays": []} | changes


def test_messages_arrive_one_after_the_other_as_they_were_sent() -> None:
    sent = [Message("job", 7, {"task": "train", "label": "Zürich"}, ARRAYS), Message("cancel", 7)]
    stream = io.BytesIO(b"".join(map(written, sent)))
    for message in sent:
        read = read_message(stream)
        assert (read.kind, read.id, read.body) == (message.kind, message.id, message.body)
        assert list(read.arrays) == list(message.arrays)
        for name, array in message.arrays.items():
            np.testing.assert_array_equal(read.arrays[name], array, strict=True)
    assert read_message(stream) is None


def test_arrays_that_are_not_contiguous_or_big_endian_arrive_by_value() -> None:
    array = np.arange(24, dtype=">f4").reshape(4, 6)[::2, ::-1].T
    read = read_message(io.BytesIO(written(Message("job", 1, {}, {"array": array}))))
    np.testing.assert_array_equal(read.arrays["array"], array)


def test_contiguous_arrays_are_sent_without_a_copy() -> None:
    array = np.zeros((1000, 3))
    buffer = protocol.encode(Message("job", 1, {}, {"array": array}))[1]
    assert np.shares_memory(np.frombuffer(buffer, np.uint8), array)


def test_a_stream_that_delivers_one_byte_at_a_time_is_read_whole() -> None:
    class Trickle(io.BytesIO):
        def read(self, size: int = -1) -> bytes:
            return super().read(min(size, 1))

        def readinto(self, buffer: memoryview) -> int:
            return super().readinto(buffer[:1])

    read = read_message(Trickle(written(Message("job", 1, {}, ARRAYS))))
    np.testing.assert_array_equal(read.arrays["vertices"], ARRAYS["vertices"])


def test_every_truncation_is_refused() -> None:
    whole = written(Message("job", 1, {"task": "train"}, ARRAYS))
    for length in range(1, len(whole)):
        with pytest.raises(ProtocolError, match="ended within a message"):
            read_message(io.BytesIO(whole[:length]))


def test_a_foreign_version_is_refused_with_both_versions_named() -> None:
    with pytest.raises(ProtocolError, match=r"version 9 .* version 1; restart Blender"):
        read_message(with_header(header(), version=9))


def test_bytes_that_are_no_message_are_refused() -> None:
    with pytest.raises(ProtocolError, match="no message"):
        read_message(io.BytesIO(b"Intel MKL WARNING: something"))


def test_a_header_of_a_gigabyte_is_refused_before_it_is_read() -> None:
    stream = io.BytesIO(protocol.PREFIX.pack(protocol.MAGIC, protocol.PROTOCOL_VERSION, 1 << 30) + b"{")
    with pytest.raises(ProtocolError, match="1073741824 bytes"):
        read_message(stream)


@pytest.mark.parametrize(
    "arrays",
    [
        [["a", "float64", [1 << 40]]],
        [["a", "float64", [0, 1 << 62]]],
        [["a", "float64", [1 << 31, 1 << 31, 1 << 31, 0]]],
        [["a", "uint8", [1 << 30]], ["b", "uint8", [(1 << 30) + 1]]],
        [["a", "object", [1]]],
        [["a", "float16", [1]]],
        [["a", ["float32"], [1]]],
        [["a", "uint8", [-1]]],
        [["a", "uint8", [True]]],
        [["a", "uint8", 3]],
        [["a", "uint8", [1, 1, 1, 1, 1]]],
        [["a", "uint8", [1]], ["a", "uint8", [1]]],
        [[1, "uint8", [1]]],
        ["auint8"],
        {"a": 1},
        None,
    ],
)
def test_arrays_that_are_too_large_or_unknown_are_refused_before_they_are_made(arrays: object) -> None:
    with pytest.raises(ProtocolError):
        read_message(with_header(header(arrays=arrays), arrays=b"\0" * 16))


@pytest.mark.parametrize(
    "damaged",
    [
        *(b"{", b"\xff\xfe", b"[]", b"3", b"[" * 100_000),
        *(header(kind="exec"), header(kind=["job"]), header(id="1"), header(body=[]), {"kind": "job"}),
    ],
    ids=range(10),
)
def test_a_damaged_header_is_refused(damaged: object) -> None:
    with pytest.raises(ProtocolError, match="header is damaged"):
        read_message(with_header(damaged))


@pytest.mark.parametrize(
    ("body", "arrays"),
    [
        ({"value": np.float32(1)}, {}),
        ({"text": "x" * protocol.MAXIMUM_HEADER_BYTES}, {}),
        ({}, {"pickled": np.array([object()])}),
        ({}, {"text": np.array(["a"])}),
        ({}, {"large": np.broadcast_to(np.uint8(0), (protocol.MAXIMUM_ARRAYS_BYTES + 1,))}),
        ({}, {"empty": np.empty((1 << 20, 1 << 20, 0), np.uint8)}),
    ],
    ids=["not JSON", "long header", "objects", "strings", "large", "large but empty"],
)
def test_what_no_reader_would_accept_is_not_sent(body: dict, arrays: dict) -> None:
    stream = io.BytesIO()
    with pytest.raises(ProtocolError):
        write_message(stream, Message("job", 1, body, arrays))
    assert stream.getvalue() == b""
