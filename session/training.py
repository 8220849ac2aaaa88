"""Training and resuming: an object's mesh goes to the worker, and what it learned comes back as a shape."""

from collections.abc import Callable
from typing import Any

import bpy
import numpy as np

from ..core.errors import NeuralShapesError
from ..scene import neural_shape
from ..scene.object_reference import ObjectReference
from ..scene.object_source import object_source
from ..scene.properties import source_of
from ..scene.shape_object import Origin, add_beside, replace_surface, require_own_shape
from ..worker.arrays import array_to_shape, arrays_to_mesh, shape_to_array, source_to_arrays
from ..worker.protocol import DONE, Message
from . import timer
from .changes import busy_cursor, push_undo
from .jobs import Job
from .preferences import preferences
from .preview import show_training
from .source_state import note_changed
from .worker import jobs

TASK = "train"


def train(
    source: bpy.types.Object,
    context: bpy.types.Context,
    then: Callable[[bpy.types.Object], None] | None = None,
    **settings: Any,
) -> Job:
    """Train a new neural shape on an object; it arrives beside the object.

    ``then`` is called with the new object when a training was not cancelled. ``settings`` are parameters of
    the worker's task by name, in place of the scene's. Without a window this returns when the shape has
    arrived. Raises NeuralShapesError when the object is no mesh, or there is no worker.
    """
    chosen = context.scene.neural_shapes.training
    parameters = {"recipe": chosen.preset, "seed": chosen.seed, **_shared(context), **settings}
    origin = Origin.of(source, context.scene)

    def receive(job: Job, message: Message) -> None:
        with busy_cursor():
            holder = add_beside(
                origin, array_to_shape(message.arrays["shape"]), arrays_to_mesh(message.arrays)
            )
            push_undo("Train Neural Shape")
        note_changed({holder.neural_shapes.source})
        if then is not None and message.kind == DONE:
            then(holder)

    return _submit(source, source, context, parameters, {}, receive)


def resume(holder: bpy.types.Object, context: bpy.types.Context, **settings: Any) -> Job:
    """Go on with an object's neural shape: longer on the same source, or warm on one that was edited.

    The shape and the mesh of the object are replaced. Otherwise as ``train``; raises NeuralShapesError
    also for a morph, when the source is not in the file, or the object is linked from another one.
    """
    require_own_shape(holder)
    shape, source = neural_shape.read(holder), source_of(holder)
    if shape.keys:
        raise NeuralShapesError(f"“{holder.name}” is a morph; use Retrain in the panel Morph.")
    if source is None:
        raise NeuralShapesError(
            f"The source of “{holder.name}” is not in this file; choose it in the panel, under Source."
        )
    reference = ObjectReference.of(holder)
    parameters = {
        "recipe": shape.provenance.recipe,
        "seed": shape.provenance.seed,
        **_shared(context),
        **settings,
    }

    def receive(job: Job, message: Message) -> None:
        found = reference.find()
        if found is None:
            return
        with busy_cursor():
            neural_shape.store(found, array_to_shape(message.arrays["shape"]))
            replace_surface(found, arrays_to_mesh(message.arrays))
            push_undo("Resume Neural Shape")
        note_changed({found.neural_shapes.source})

    return _submit(holder, source, context, parameters, {"start": shape_to_array(shape)}, receive)


def _shared(context: bpy.types.Context) -> dict[str, Any]:
    """What every training takes from the settings and the preferences."""
    chosen = context.scene.neural_shapes
    surface = chosen.extraction
    shared = {"device": preferences().device, "resolution": surface.resolution, "trim": surface.trim}
    if chosen.training.seconds > 0:
        shared["seconds"] = chosen.training.seconds
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
        geometry = object_source(source, context.evaluated_depsgraph_get())
    job = jobs.submit(
        ObjectReference.of(target).key,
        target.name,
        TASK,
        {"source": source.name, **parameters},
        {**source_to_arrays(geometry), **arrays},
        on_progress=show_training,
        on_end=receive,
        keeps_reached=True,
    )
    timer.follow(job)
    return job
