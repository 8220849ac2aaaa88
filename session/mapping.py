"""What the jobs that map a neural shape onto a target have in common: whose detail, from where to where."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ..core.errors import NeuralShapesError
from ..core.geometry.flatness import flattens
from ..scene import neural_shape
from ..scene.object_reference import ObjectReference
from ..worker.arrays import shape_to_array
from ..worker.protocol import Message
from . import timer
from .jobs import Job
from .preferences import preferences
from .worker import jobs


@dataclass(frozen=True)
class MappingOptions:
    """The steps to the surface, and how far it may be in the scene's units; 0 for the shape's threshold."""

    newton_steps: int = 0
    distance: float = 0.0

    @classmethod
    def of(cls, settings: bpy.types.PropertyGroup) -> "MappingOptions":
        """What the artist has set."""
        return cls(settings.newton_steps, settings.distance)


def submit(
    task: str,
    holder: bpy.types.Object,
    target: bpy.types.Object,
    options: MappingOptions,
    parameters: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    receive: Callable[[bpy.types.Object, Message], None],
) -> Job:
    """Have the worker map the shape that an object carries, as it is now, onto a target.

    ``receive`` gets the target as it is then, and the reply; it is not called when the job was cancelled or
    the target deleted meanwhile. Raises NeuralShapesError when the shape cannot be read, its object is scaled
    to zero, or there is no worker.
    """
    place = ObjectReference.of(target).key
    job = _send(jobs.submit, place, task, holder, target, options, parameters, arrays, receive)
    timer.follow(job)
    return job


def ask(
    task: str,
    holder: bpy.types.Object,
    target: bpy.types.Object,
    options: MappingOptions,
    parameters: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    receive: Callable[[bpy.types.Object, Message], None],
) -> Job:
    """The same as a query, which is answered beside the running job; the caller sees it through."""
    place = f"{ObjectReference.of(target).key} {task}"
    jobs.forget(place)
    return _send(jobs.ask, place, task, holder, target, options, parameters, arrays, receive)


def _send(
    send: Callable[..., Job],
    place: str,
    task: str,
    holder: bpy.types.Object,
    target: bpy.types.Object,
    options: MappingOptions,
    parameters: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    receive: Callable[[bpy.types.Object, Message], None],
) -> Job:
    """Submit or ask, under a place in the table of jobs."""
    reference = ObjectReference.of(target)

    def on_end(job: Job, message: Message) -> None:
        found = reference.find()
        if found is not None:
            receive(found, message)

    return send(
        place,
        target.name,
        task,
        {**_common_parameters(holder, target, options), **parameters},
        {"shape": shape_to_array(neural_shape.read_at(holder)), **arrays},
        on_end=on_end,
    )


def _common_parameters(
    holder: bpy.types.Object, target: bpy.types.Object, options: MappingOptions
) -> dict[str, Any]:
    """What `worker.handlers.target` takes."""
    to_world = np.array(holder.matrix_world, dtype=np.float64)
    if flattens(to_world[:3, :3]):
        raise NeuralShapesError(f"“{holder.name}” is scaled to zero; clear its scale.")
    matrix = np.linalg.inv(to_world) @ np.array(target.matrix_world, dtype=np.float64)
    return {
        "matrix": [float(number) for row in matrix for number in row],
        "newton_steps": options.newton_steps,
        "distance": options.distance / holder.matrix_world.median_scale,
        "device": preferences().device,
    }
