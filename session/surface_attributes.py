"""Mapping attributes: a target's vertices go to the worker, and displacements or curvatures come back."""

import bpy

from ..core.mapping.attributes import Attribute
from ..scene.surface_attributes import read_vertex_normals, write_attribute
from ..scene.target_mesh import TargetMeshError, check_target, digest, read_positions
from ..worker.protocol import Message
from .changes import busy_cursor, push_undo
from .jobs import Job
from .mapping import MappingOptions, submit

TASK = "attributes"


def map_attribute(
    target: bpy.types.Object, holder: bpy.types.Object, mapping: MappingOptions, attribute: Attribute
) -> Job:
    """Put an attribute of the neural shape that an object carries on a target's vertices.

    Without a window this returns when it is there. Raises NeuralShapesError for a target that is no mesh of
    this file, and what ``submit`` raises.
    """
    check_target(target)
    state = digest(target.data)
    arrays = {"positions": read_positions(target.data), "normals": read_vertex_normals(target.data)}

    def receive(found: bpy.types.Object, message: Message) -> None:
        if digest(found.data) != state:
            raise TargetMeshError(f"“{found.name}” was edited meanwhile; map its attributes again.")
        with busy_cursor():
            write_attribute(found.data, attribute, message.arrays["values"][:, 0])
            push_undo(f"Map {attribute.capitalize()}")

    return submit(TASK, holder, target, mapping, {"attribute": attribute}, arrays, receive)
