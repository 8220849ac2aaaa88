"""Baked maps as Blender images: packed into the file or saved beside it."""

import os
from pathlib import Path

import bpy
import numpy as np

from ..core.atomic_write import unfinished_path, write_atomically
from ..core.errors import NeuralShapesError

# Custom properties of ours on an image: the name that it was baked under, and the shares of its texels that
# were out of the shape's reach, and that several faces claim.
BAKED_AS = "neural_shapes_baked_as"
MASKED_SHARE = "neural_shapes_masked_share"
OVERLAPPING_SHARE = "neural_shapes_overlapping_share"


class MapImageError(NeuralShapesError):
    """A map that could not be written; the text says why."""


def baked_image(name: str) -> bpy.types.Image | None:
    """The image that was baked under a name, whatever it is called by now."""
    return next((image for image in bpy.data.images if image.get(BAKED_AS) == name), None)


def packed_png(name: str, png: bytes, size: tuple[int, int]) -> bpy.types.Image:
    """A PNG as an image that is packed into the .blend; 16 bits are kept.

    An image that was baked before under the same name is replaced wherever it is used, and its name taken;
    any other image of that name is left alone.
    """
    image = bpy.data.images.new(name, *size)
    image.pack(data=png, data_len=len(png))
    image.source = "FILE"
    return _finished(image, name)


def packed_float(name: str, values: np.ndarray) -> bpy.types.Image:
    """Values (H, W, 3 or 1), row 0 at the bottom, as a 32-bit image packed into the .blend; else as above."""
    image = _float_image(name, values)
    image.pack()
    return _finished(image, name)


def saved_png(name: str, png: bytes, path: Path) -> bpy.types.Image:
    """A PNG as a file, whole or not at all, and an image that shows it; else as above.

    Raises MapImageError when the file cannot be written.
    """
    try:
        write_atomically(path, png)
    except OSError as error:
        raise MapImageError(f"{path} could not be written: {error.strerror}.") from error
    return _finished(bpy.data.images.load(str(path)), name)


def saved_float(name: str, values: np.ndarray, path: Path) -> bpy.types.Image:
    """Values as an OpenEXR file, whole or not at all, and an image that shows it; else as above.

    Raises MapImageError when the file cannot be written.
    """
    unfinished = unfinished_path(path)
    image = _float_image(name, values)
    try:
        image.file_format = "OPEN_EXR"
        image.filepath_raw = str(unfinished)
        image.save()
        os.replace(unfinished, path)
    except (OSError, RuntimeError) as error:
        unfinished.unlink(missing_ok=True)
        raise MapImageError(f"{path} could not be written; check the folder and the disk's space.") from error
    finally:
        bpy.data.images.remove(image)
    return _finished(bpy.data.images.load(str(path)), name)


def _float_image(name: str, values: np.ndarray) -> bpy.types.Image:
    height, width, _ = values.shape
    pixels = np.ones((height, width, 4), dtype=np.float32)
    pixels[..., :3] = values
    image = bpy.data.images.new(name, width, height, float_buffer=True, is_data=True)
    image.pixels.foreach_set(pixels.reshape(-1))
    return image


def _finished(image: bpy.types.Image, name: str) -> bpy.types.Image:
    """Take the place and the name of an image that was baked under the same name before."""
    image.colorspace_settings.name = "Non-Color"
    earlier = baked_image(name)
    if earlier is not None:
        earlier.user_remap(image)
        bpy.data.images.remove(earlier)
    image[BAKED_AS] = name
    image.name = name
    return image
