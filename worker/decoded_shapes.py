"""Shapes kept decoded from request to request: scrubbing asks for the same one at every frame."""

import hashlib
import threading
from collections import OrderedDict

import numpy as np

from ..core.neural_shape import NeuralShape
from .arrays import array_to_shape

# As many objects are scrubbed at once without decoding anew; a shape is some 200 KB to 2 MB.
KEPT_SHAPES = 8

_shapes: OrderedDict[bytes, NeuralShape] = OrderedDict()
# Jobs and queries are worked off by a thread each.
_lock = threading.Lock()


def decoded_shape(array: np.ndarray) -> NeuralShape:
    """The shape whose bytes an array holds; the same object for the same bytes, as long as it is kept.

    Raises ShapeFileError where it holds none.
    """
    digest = hashlib.sha256(np.ascontiguousarray(array).data).digest()
    with _lock:
        if digest not in _shapes:
            _shapes[digest] = array_to_shape(array)
            if len(_shapes) > KEPT_SHAPES:
                _shapes.popitem(last=False)
        _shapes.move_to_end(digest)
        return _shapes[digest]
