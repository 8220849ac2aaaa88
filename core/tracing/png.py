"""Writes PNG files with the standard library alone, since Blender's process has no imaging package."""

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# The PNG specification, section 11.2.2: 8 bits a channel, colour type 2 (RGB), and the three defaults.
HEADER_TAIL = (8, 2, 0, 0, 0)


def png_bytes(image: np.ndarray) -> bytes:
    """An image (height, width, 3) of display values in [0, 1], its top row first, as a PNG file."""
    pixels = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
    height, width, _ = pixels.shape
    # Every row starts with the number of its filter; 0 is none.
    rows = np.zeros((height, 1 + width * 3), dtype=np.uint8)
    rows[:, 1:] = pixels.reshape(height, -1)
    return b"".join(
        [
            SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, *HEADER_TAIL)),
            _chunk(b"IDAT", zlib.compress(rows.tobytes())),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
