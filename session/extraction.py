"""Extracting: the worker turns an object's neural shape into a surface, which becomes the object's mesh."""

from typing import Any

import bpy
import numpy as np

from ..core import shape_file
from ..core.errors import NeuralShapesError
from ..core.geometry.mesh import TriangleMesh
from ..core.neural_shape import NeuralShape
from ..scene import neural_shape
from ..scene.object_reference import ObjectReference
from ..scene.shape_object import replace_surface
from ..worker.protocol import Message
from . import timer
from .changes import busy_cursor, push_undo
from .jobs import Job
from .worker import jobs

TASK = "extract"


def extract(holder: bpy.types.Object, context: bpy.types.Context) -> Job:
    """Replace an object's mesh by its neural shape's surface, with the scene's settings.

    Without a window this returns when the surface has arrived. Raises NeuralShapesError when the object
    carries no readable shape, when its mesh belongs to another file, or when there is no worker.
    """
    if not holder.is_editable or not holder.data.is_editable:
        raise NeuralShapesError(f"“{holder.name}” is linked from another file; make it local first.")
    shape = neural_shape.read(holder)
    settings = context.scene.neural_shapes.extraction
    parameters: dict[str, Any] = {
        "resolution": settings.resolution,
        "level": settings.level,
        "offset": settings.offset,
    }
    if settings.faces:
        parameters["faces"] = settings.faces
    reference = ObjectReference.of(holder)

    def receive(job: Job, message: Message) -> None:
        found = reference.find()
        if not message.arrays or found is None:
            return
        with busy_cursor():
            replace_surface(found, surface_in(message))
            push_undo("Extract Surface")

    job = jobs.submit(
        reference.key, holder.name, TASK, parameters, {"shape": shape_as_array(shape)}, on_end=receive
    )
    timer.follow(job)
    return job


def surface_in(message: Message) -> TriangleMesh:
    """The surface that a worker's message carries, in object space."""
    return TriangleMesh(message.arrays["vertices"], message.arrays["faces"])


def shape_as_array(shape: NeuralShape) -> np.ndarray:
    """A neural shape as the worker takes it."""
    return np.frombuffer(shape_file.to_bytes(shape), np.uint8)
