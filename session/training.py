"""Training and resuming: an object's mesh goes to the worker, and what it learned comes back as a shape."""

from collections.abc import Callable
from typing import Any

import bpy
import numpy as np

from ..core import shape_file
from ..core.errors import NeuralShapesError
from ..core.neural_shape import NeuralShape
from ..scene import neural_shape
from ..scene.object_mesh import triangle_mesh
from ..scene.object_reference import ObjectReference
from ..scene.properties import source_of
from ..scene.shape_object import Origin, add_beside, replace_surface
from ..worker.protocol import Message
from . import timer
from .changes import busy_cursor, push_undo
from .extraction import shape_as_array, surface_in
from .jobs import Job
from .preferences import preferences
from .worker import jobs

TASK = "train"


def train(source: bpy.types.Object, context: bpy.types.Context, limits: dict[str, Any] | None = None) -> Job:
    """Train a new neural shape on an object with the scene's settings; it arrives beside the object.

    ``limits`` overrides settings of the worker's task by name, as a command does. Without a window this
    returns when the shape has arrived. Raises NeuralShapesError when the object is no mesh, or there is
    no worker.
    """
    settings = context.scene.neural_shapes.training
    parameters = {"recipe": settings.preset, "seed": settings.seed, **_shared(context), **(limits or {})}
    origin = Origin.of(source, context.scene)

    def receive(job: Job, message: Message) -> None:
        if not message.arrays:
            return
        with busy_cursor():
            add_beside(origin, shape_in(message), surface_in(message))
            push_undo("Train Neural Shape")

    return _submit(source, source, context, parameters, {}, receive)


def resume(holder: bpy.types.Object, context: bpy.types.Context, limits: dict[str, Any] | None = None) -> Job:
    """Go on with an object's neural shape: longer on the same source, or warm on one that was edited.

    The shape and the mesh of the object are replaced. Otherwise as ``train``; raises NeuralShapesError
    also when the source is not in the file.
    """
    shape, source = neural_shape.read(holder), source_of(holder)
    if source is None:
        raise NeuralShapesError(
            f"The source of “{holder.name}” is not in this file; choose it in the panel, under Source."
        )
    reference = ObjectReference.of(holder)
    parameters = {
        "recipe": shape.provenance.recipe,
        "seed": shape.provenance.seed,
        **_shared(context),
        **(limits or {}),
    }

    def receive(job: Job, message: Message) -> None:
        found = reference.find()
        if not message.arrays or found is None:
            return
        with busy_cursor():
            neural_shape.store(found, shape_in(message))
            replace_surface(found, surface_in(message))
            push_undo("Resume Neural Shape")

    return _submit(holder, source, context, parameters, {"start": shape_as_array(shape)}, receive)


def _shared(context: bpy.types.Context) -> dict[str, Any]:
    """What every training takes from the settings and the preferences."""
    settings = context.scene.neural_shapes
    shared = {"device": preferences().device, "resolution": settings.extraction.resolution}
    if settings.training.seconds > 0:
        shared["seconds"] = settings.training.seconds
    return shared


def _submit(
    target: bpy.types.Object,
    source: bpy.types.Object,
    context: bpy.types.Context,
    parameters: dict[str, Any],
    arrays: dict[str, np.ndarray],
    receive: Callable[[Job, Message], None],
) -> Job:
    with busy_cursor():
        mesh = triangle_mesh(source, context.evaluated_depsgraph_get())
    job = jobs.submit(
        ObjectReference.of(target).key,
        target.name,
        TASK,
        {"source": source.name, **parameters},
        {"vertices": mesh.vertices, "faces": mesh.faces, **arrays},
        on_end=receive,
    )
    timer.follow(job)
    return job


def shape_in(message: Message) -> NeuralShape:
    """The neural shape that a worker's message carries."""
    return shape_file.from_bytes(message.arrays["shape"].tobytes())
