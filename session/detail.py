"""Whose detail is mapped: a neural shape, or the one that a mesh has been trained to."""

import bpy

from ..scene import neural_shape
from .source_state import SourceState, compare


def shape_of(detail: bpy.types.Object, depsgraph: bpy.types.Depsgraph) -> bpy.types.Object | None:
    """The object itself if it carries a neural shape, else its latest shape that is up to date with it.

    Raises ShapeFileError when one of the shapes cannot be read.
    """
    if neural_shape.has_shape(detail):
        return detail
    current = [
        holder
        for holder in bpy.data.objects
        if neural_shape.has_shape(holder)
        and holder.neural_shapes.source == detail.name
        and compare(holder, depsgraph) is SourceState.CURRENT
    ]
    return max(current, key=lambda holder: holder.session_uid, default=None)
