"""Baked maps as Blender images: packed into the file or saved beside it."""

import os
from pathlib import Path

import bpy
import numpy as np

from ..core.errors import NeuralShapesError

# A custom property of ours on an image: the object and the attribute that it was baked for.
BAKED_FOR = "neural_shapes_baked_for"


class MapImageError(NeuralShapesError):
    """A map that could not be written; the text says why."""


def packed_png(name: str, png: bytes, size: tuple[int, int], baked_for: str) -> bpy.types.Image:
    """A PNG as an image that is packed into the .blend; 16 bits are kept.

    An image that was baked before for the same is replaced wherever it is used, and its name taken; any
    other image of that name is left alone.
    """
    image = bpy.data.images.new(name, *size)
    image.pack(data=png, data_len=len(png))
    image.source = "FILE"
    return _finished(image, name, baked_for)


def packed_float(name: str, values: np.ndarray, baked_for: str) -> bpy.types.Image:
    """Values (H, W, 3 or 1), row 0 at the bottom, as a 32-bit image packed into the .blend; else as above."""
    image = _float_image(name, values)
    image.pack()
    return _finished(image, name, baked_for)


def saved_png(name: str, png: bytes, path: Path, baked_for: str) -> bpy.types.Image:
    """A PNG as a file, whole or not at all, and an image that shows it; else as above.

    Raises MapImageError when the file cannot be written.
    """
    unfinished = _unfinished(path)
    try:
        unfinished.write_bytes(png)
        os.replace(unfinished, path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise MapImageError(f"{path} could not be written: {error.strerror}.") from error
    return _finished(bpy.data.images.load(str(path)), name, baked_for)


def saved_float(name: str, values: np.ndarray, path: Path, baked_for: str) -> bpy.types.Image:
    """Values as an OpenEXR file, whole or not at all, and an image that shows it; else as above.

    Raises MapImageError when the file cannot be written.
    """
    unfinished = _unfinished(path)
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
    return _finished(bpy.data.images.load(str(path)), name, baked_for)


def _unfinished(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def _float_image(name: str, values: np.ndarray) -> bpy.types.Image:
    height, width, _ = values.shape
    pixels = np.ones((height, width, 4), dtype=np.float32)
    pixels[..., :3] = values
    image = bpy.data.images.new(name, width, height, float_buffer=True, is_data=True)
    image.pixels.foreach_set(pixels.reshape(-1))
    return image


def _finished(image: bpy.types.Image, name: str, baked_for: str) -> bpy.types.Image:
    """Take the place of the images that were baked for the same before."""
    image.colorspace_settings.name = "Non-Color"
    for earlier in [found for found in bpy.data.images if found.get(BAKED_FOR) == baked_for]:
        earlier.user_remap(image)
        bpy.data.images.remove(earlier)
    image[BAKED_FOR] = baked_for
    image.name = name
    return image
