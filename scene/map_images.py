"""Baked maps as Blender images: packed into the file or saved beside it."""

import os
import uuid
from pathlib import Path

import bpy
import numpy as np

from ..core.atomic_write import unfinished_path, write_atomically
from ..core.errors import NeuralShapesError
from ..core.mapping.attributes import Attribute

# Custom properties of ours: a mark that a target and the image of its map have in common, since both may be
# renamed; the shares of the image's texels that were out of the shape's reach, and that several faces claim.
TARGET_MARK = "neural_shapes_{}_map"
IMAGE_MARK = "neural_shapes_map"
MASKED_SHARE = "neural_shapes_masked_share"
OVERLAPPING_SHARE = "neural_shapes_overlapping_share"
# What the colours mean, as `core.mapping.map_image` tells it.
FULL_SCALE = "neural_shapes_full_scale"

# What an image is called until it is a target's map.
UNNAMED = "Map"


class MapImageError(NeuralShapesError):
    """A map that could not be written; the text says why."""


def baked_image(target: bpy.types.Object, attribute: Attribute) -> bpy.types.Image | None:
    """The image of a target's map, whatever the two are called by now; a duplicate has its original's.

    Of an override only as long as it keeps its name.
    """
    return next(iter(_marked_images(target, attribute)), None)


def replaceable_image(target: bpy.types.Object, attribute: Attribute) -> bpy.types.Image | None:
    """The image whose place the target's next map takes, or None.

    Where the target or the image was duplicated, it cannot be told whose the image is, and it stays.
    """
    images, mark = _marked_images(target, attribute), _mark_of(target, attribute)
    marked = [found for found in bpy.data.objects if _mark_of(found, attribute) == mark]
    return images[0] if len(images) == len(marked) == 1 else None


def make_map_of(image: bpy.types.Image, name: str, target: bpy.types.Object, attribute: Attribute) -> None:
    """Make an image the target's map, in place of its earlier one wherever that is used, and name it.

    Any other image of that name is left alone.
    """
    earlier = replaceable_image(target, attribute)
    if earlier is not None:
        earlier.user_remap(image)
        bpy.data.images.remove(earlier)
    elif _is_of_library(target):
        for found in _marked_images(target, attribute):
            del found[IMAGE_MARK]
    else:
        target[TARGET_MARK.format(attribute)] = uuid.uuid4().hex
    image[IMAGE_MARK] = _mark_of(target, attribute)
    image.name = name


def packed_png(png: bytes, size: tuple[int, int]) -> bpy.types.Image:
    """A PNG as an image that is packed into the .blend; 16 bits are kept."""
    image = bpy.data.images.new(UNNAMED, *size)
    image.pack(data=png, data_len=len(png))
    image.source = "FILE"
    return _without_colours(image)


def packed_float(values: np.ndarray) -> bpy.types.Image:
    """Values (H, W, 3 or 1), row 0 at the bottom, as a 32-bit image that is packed into the .blend."""
    image = _float_image(values)
    image.pack()
    return _without_colours(image)


def saved_png(png: bytes, filepath: str) -> bpy.types.Image:
    """A PNG as a file, whole or not at all, and an image that shows it.

    The path may be relative to the .blend (//), and stays so. Raises MapImageError when the file cannot be
    written.
    """
    path = Path(bpy.path.abspath(filepath))
    try:
        write_atomically(path, png)
    except OSError as error:
        raise MapImageError(f"{path} could not be written: {error.strerror}.") from error
    return _without_colours(bpy.data.images.load(filepath))


def saved_float(values: np.ndarray, filepath: str) -> bpy.types.Image:
    """Values as an OpenEXR file, whole or not at all, and an image that shows it; else as above."""
    path = Path(bpy.path.abspath(filepath))
    unfinished = unfinished_path(path)
    image = _float_image(values)
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
    return _without_colours(bpy.data.images.load(filepath))


def _is_of_library(target: bpy.types.Object) -> bool:
    """Whether an object is linked, or overrides a linked one; its custom properties are not saved then."""
    if target.library is not None:
        return True
    # What is overridden may have been made local or removed meanwhile.
    original = target.override_library.reference if target.override_library is not None else None
    return original is not None and original.library is not None


def _mark_of(target: bpy.types.Object, attribute: Attribute) -> str | None:
    """What marks the image of a target's map; None while there is none.

    For an object of a library that is made of names, by which alone it is known in the next session: an
    override that is renamed leaves its map behind.
    """
    if target.library is not None:
        return f"{target.library.name}/{target.name}/{attribute}"
    if _is_of_library(target):
        original = target.override_library.reference
        return f"{original.library.name}/{original.name}/{target.name}/{attribute}"
    return target.get(TARGET_MARK.format(attribute))


def _marked_images(target: bpy.types.Object, attribute: Attribute) -> list[bpy.types.Image]:
    """The images of this file that have a target's mark; an artist may have duplicated one to paint on it."""
    mark = _mark_of(target, attribute)
    if mark is None:
        return []
    return [image for image in bpy.data.images if image.is_editable and image.get(IMAGE_MARK) == mark]


def _float_image(values: np.ndarray) -> bpy.types.Image:
    height, width, _ = values.shape
    pixels = np.ones((height, width, 4), dtype=np.float32)
    pixels[..., :3] = values
    image = bpy.data.images.new(UNNAMED, width, height, float_buffer=True, is_data=True)
    image.pixels.foreach_set(pixels.reshape(-1))
    return image


def _without_colours(image: bpy.types.Image) -> bpy.types.Image:
    """The image, whose channels are numbers and no colours."""
    image.colorspace_settings.name = "Non-Color"
    return image
