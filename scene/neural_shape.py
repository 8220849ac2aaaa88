"""Neural shapes on objects: their bytes as a custom property, which is saved, copied, appended and undone.

The property is one group with two members: ``bytes`` is the shape as ``core.shape_file`` writes it, and
``uuid`` names this state of the networks, so that whatever is made from them (a summary, a preview) can be
kept until it changes. A duplicated object has the same networks under the same uuid.
"""

import uuid
from collections import OrderedDict

import bpy
from idprop.types import IDPropertyGroup

from ..core import shape_file
from ..core.neural_shape import NeuralShape
from .overridable import prepare_for_overrides

PROPERTY = "neural_shape"
BYTES = "bytes"
UUID = "uuid"

# Shapes kept decoded, for panels that ask for their figures at every redraw; one is some 200 KB to 2 MB.
DECODED_SHAPES = 32

_decoded: OrderedDict[tuple[str, int], NeuralShape] = OrderedDict()


def has_shape(holder: bpy.types.Object | None) -> bool:
    """Whether an object carries a neural shape; cheap enough for a poll."""
    return (
        holder is not None and isinstance(holder.get(PROPERTY), IDPropertyGroup) and UUID in holder[PROPERTY]
    )


def store(holder: bpy.types.Object, shape: NeuralShape) -> None:
    """Put a shape on an object, in place of one that is there."""
    holder[PROPERTY] = {BYTES: shape_file.to_bytes(shape), UUID: uuid.uuid4().hex}
    prepare_for_overrides(holder)


def read(holder: bpy.types.Object) -> NeuralShape:
    """The shape that an object carries.

    Raises ShapeFileError when its bytes are damaged or of a newer version, or when there are none.
    """
    if not has_shape(holder):
        raise shape_file.ShapeFileError(f"“{holder.name}” carries no neural shape; train one first.")
    data = holder[PROPERTY].get(BYTES)
    if not isinstance(data, bytes):
        raise shape_file.ShapeFileError(f"The neural shape of “{holder.name}” is damaged; train it again.")
    key = (shape_uuid(holder), len(data))
    if key not in _decoded:
        _decoded[key] = shape_file.from_bytes(data)
        if len(_decoded) > DECODED_SHAPES:
            _decoded.popitem(last=False)
    _decoded.move_to_end(key)
    return _decoded[key]


def stored_bytes(holder: bpy.types.Object) -> bytes:
    """The bytes of an object's shape, as ``core.shape_file`` wrote them; of one that ``read`` has read."""
    return holder[PROPERTY][BYTES]


def read_at(
    holder: bpy.types.Object, time: float | None = None, true_volume: bool | None = None
) -> NeuralShape:
    """The static shape that an object carries, or of a morph what it is at a time, 0 to 1.

    Without a time or a volume they are as the object has them now. Raises ShapeFileError as ``read`` does,
    and NeuralShapesError for a time where the shape does not change.
    """
    shape, present = read(holder), holder.neural_shapes
    if time is None and not shape.changes_over_time:
        return shape
    return shape.at_time(
        present.time if time is None else time, present.true_volume if true_volume is None else true_volume
    )


def shape_uuid(holder: bpy.types.Object) -> str:
    """The name of the networks' present state; the same for duplicates, another after each training."""
    return str(holder[PROPERTY][UUID])


def size(holder: bpy.types.Object) -> int:
    """Bytes that the networks add to the file; 0 for damaged ones."""
    data = holder[PROPERTY].get(BYTES)
    return len(data) if isinstance(data, bytes) else 0


def remove(holder: bpy.types.Object) -> int:
    """Take the networks off an object, whose mesh stays; returns the bytes that this frees."""
    freed = size(holder)
    del holder[PROPERTY]
    return freed
