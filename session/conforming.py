"""Conforming: a target's vertices go to the worker, and come back on the neural surface."""

import bpy

from ..scene.target_mesh import (
    TargetMeshError,
    check_target,
    digest,
    read_positions,
    read_vertex_weights,
    write_positions,
)
from ..worker.protocol import Message
from .changes import busy_cursor, push_undo
from .jobs import Job
from .mapping import MappingOptions, submit

TASK = "conform"


def conform(
    target: bpy.types.Object, holder: bpy.types.Object, mapping: MappingOptions, vertex_group: str
) -> Job:
    """Move a target's vertices onto the surface of the neural shape that an object carries.

    A vertex group says which ones, and how far. Without a window this returns when they are there. Raises
    NeuralShapesError for a target that is no mesh of this file or has shape keys, which would hide the new
    positions, and what ``submit`` raises.
    """
    check_target(target)
    if target.data.shape_keys is not None:
        raise TargetMeshError(f"“{target.name}” has shape keys; remove them, or conform a copy without them.")
    state = digest(target.data)
    arrays = {
        "positions": read_positions(target.data),
        "weights": read_vertex_weights(target, vertex_group),
    }

    def receive(found: bpy.types.Object, message: Message) -> None:
        if digest(found.data) != state:
            raise TargetMeshError(f"“{found.name}” was edited meanwhile; conform it again.")
        with busy_cursor():
            write_positions(found.data, message.arrays["positions"])
            push_undo("Conform")

    return submit(TASK, holder, target, mapping, {}, arrays, receive)
