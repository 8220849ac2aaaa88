"""PNG files are read back by Pillow as they were meant."""

import io

import numpy as np
from neural_shapes.core.tracing.png import png_bytes
from PIL import Image


def test_pillow_reads_the_same_pixels():
    values = np.random.default_rng(0).integers(0, 256, (7, 13, 3))
    with Image.open(io.BytesIO(png_bytes(values / 255))) as image:
        assert image.format == "PNG"
        assert image.mode == "RGB"
        np.testing.assert_array_equal(np.asarray(image), values)


def test_values_beyond_black_and_white_are_clipped():
    with Image.open(io.BytesIO(png_bytes(np.array([[[-0.5, 0.5, 1.5]]])))) as image:
        assert image.getpixel((0, 0)) == (0, 128, 255)
