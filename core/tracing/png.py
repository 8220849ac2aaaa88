"""Writes PNG files with the standard library alone, since Blender's process has no imaging package."""

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# The PNG specification, section 11.2.2: the colour type by the number of channels, and the three defaults.
COLOUR_TYPES = {1: 0, 3: 2}
DEFAULTS = (0, 0, 0)


def png_bytes(image: np.ndarray, bits: int = 8) -> bytes:
    """An image (height, width, 3 or 1) of values in [0, 1], its top row first, as a PNG of 8 or 16 bits."""
    pixels = np.rint(np.clip(image, 0, 1) * (2**bits - 1)).astype(f">u{bits // 8}")
    height, width, channels = pixels.shape
    # Every row starts with the number of its filter; 0 is none.
    rows = np.zeros((height, 1 + width * channels * pixels.itemsize), dtype=np.uint8)
    rows[:, 1:] = pixels.reshape(height, -1).view(np.uint8)
    return b"".join(
        [
            SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, COLOUR_TYPES[channels], *DEFAULTS)),
            _chunk(b"IDAT", zlib.compress(rows.tobytes())),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
