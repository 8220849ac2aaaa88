"""Which neural shapes a viewport shows, read from the scene at each redraw."""

import bpy
import numpy as np

from ..core.neural_shape import NeuralShape
from ..core.shape_file import ShapeFileError
from ..core.tracing.render import step_scale
from ..scene import neural_shape
from .appearance import appearance
from .preview import Previewed, Viewpoint
from .uniforms import Settings


def viewpoint(context: bpy.types.Context) -> Viewpoint:
    """The viewport that is being drawn."""
    region, view = context.region, context.region_data
    return Viewpoint(
        key=region.as_pointer(),
        size=(region.width, region.height),
        view=np.array(view.view_matrix, dtype=np.float64),
        projection=np.array(view.window_matrix, dtype=np.float64),
    )


def visible_shapes(context: bpy.types.Context, problems: dict[str, str]) -> list[Previewed]:
    """Previewed shapes that are not hidden in the context's viewport.

    An object whose shape cannot be read gets a sentence in ``problems`` by its key.
    """
    found = []
    for holder in context.view_layer.objects:
        if not holder.neural_shapes_preview.enabled or not neural_shape.has_shape(holder):
            continue
        if not holder.visible_get() or not holder.visible_in_viewport_get(context.space_data):
            continue
        key = str(holder.session_uid)
        try:
            shape = neural_shape.read(holder)
        except ShapeFileError as error:
            problems[key] = str(error)
        else:
            found.append(previewed(holder, shape, neural_shape.shape_uuid(holder), context))
    return found


def previewed(
    holder: bpy.types.Object, shape: NeuralShape, networks: str, context: bpy.types.Context
) -> Previewed:
    """A shape at an object's place; ``networks`` names the state of its networks."""
    return Previewed(
        key=str(holder.session_uid),
        networks=networks,
        shape=shape,
        matrix_world=np.array(holder.matrix_world, dtype=np.float64),
        settings=Settings(step_scale=step_scale(shape)),
        appearance=appearance(holder, context),
    )
