"""Extracting: the worker turns an object's neural shape into a surface, which becomes the object's mesh."""

from typing import Any

import bpy

from ..scene import neural_shape
from ..scene.object_reference import ObjectReference
from ..scene.shape_object import replace_surface, require_local
from ..worker.arrays import arrays_to_mesh, shape_to_array
from ..worker.protocol import Message
from . import timer
from .changes import busy_cursor, push_undo
from .jobs import Job
from .playback import follows
from .worker import jobs

TASK = "extract"


def extract(
    holder: bpy.types.Object,
    context: bpy.types.Context,
    *,
    time: float | None = None,
    true_volume: bool | None = None,
    **settings: Any,
) -> Job:
    """Replace an object's mesh by its neural shape's surface.

    Of a morph it is that at a time, 0 to 1, by default the object's own; where the object follows the frame
    and its Time goes on meanwhile, it keeps the mesh that follows. ``settings`` are parameters of the
    worker's task by name, in place of the scene's. Without a window this returns when the surface has
    arrived. Raises NeuralShapesError when the object carries no readable shape, or one that does not change
    over time where a time is given, when it is linked from another file, or when there is no worker.
    """
    require_local(holder, holder.data)
    shape = neural_shape.read_at(holder, time, true_volume)
    chosen = context.scene.neural_shapes.extraction
    parameters = {name: getattr(chosen, name) for name in ("resolution", "level", "offset", "trim")}
    if chosen.faces:
        parameters["faces"] = chosen.faces
    reference, time_then = ObjectReference.of(holder), holder.neural_shapes.time

    def receive(job: Job, message: Message) -> None:
        found = reference.find()
        if found is None:
            return
        if time is None and found.neural_shapes.time != time_then and follows(found):
            return
        with busy_cursor():
            replace_surface(found, arrays_to_mesh(message.arrays))
            push_undo("Extract Surface")

    job = jobs.submit(
        reference.key,
        holder.name,
        TASK,
        {**parameters, **settings},
        {"shape": shape_to_array(shape)},
        on_end=receive,
    )
    timer.follow(job)
    return job
