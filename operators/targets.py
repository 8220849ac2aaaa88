"""Which of the selected objects an operator acts on."""

import bpy

from ..core.shape_file import ShapeFileError
from ..scene import neural_shape
from ..scene.object_reference import ObjectReference
from ..session.jobs import Job
from ..session.worker import jobs

# What Blender can turn into a mesh, and points, which stand for a surface when they have normals.
SURFACE_TYPES = frozenset({"MESH", "CURVE", "SURFACE", "FONT", "META", "POINTCLOUD"})


def sources(context: bpy.types.Context) -> list[bpy.types.Object]:
    """The selected objects that have a surface and are no neural shapes."""
    return [
        selected
        for selected in context.selected_objects
        if selected.type in SURFACE_TYPES and not neural_shape.has_shape(selected)
    ]


def shapes(context: bpy.types.Context) -> list[bpy.types.Object]:
    """The selected neural shapes, or the active one when none is selected."""
    selected = [found for found in context.selected_objects if neural_shape.has_shape(found)]
    active = [context.object] if neural_shape.has_shape(context.object) else []
    return selected or active


def idle_shapes(context: bpy.types.Context) -> list[bpy.types.Object]:
    """Those of them that no job works on."""
    return [shape for shape in shapes(context) if active_job(shape) is None]


def active_job(target: bpy.types.Object) -> Job | None:
    """The job that the worker still has to do for an object."""
    job = jobs.of(ObjectReference.of(target).key)
    return job if job is not None and job.active else None


def has_shapes(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    """A poll that says why: whether there are neural shapes to act on."""
    if not shapes(context):
        operator.poll_message_set("Select an object that carries a neural shape")
        return False
    return True


def has_idle_shapes(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    """The same for what starts a job: whether one of the neural shapes has none."""
    if not has_shapes(operator, context):
        return False
    if not idle_shapes(context):
        operator.poll_message_set("The neural shape is being worked on; cancel that first")
        return False
    return True


def is_morph(holder: bpy.types.Object | None) -> bool:
    """Whether an object carries a morph that can be read."""
    try:
        return neural_shape.has_shape(holder) and bool(neural_shape.read(holder).keys)
    except ShapeFileError:
        return False
