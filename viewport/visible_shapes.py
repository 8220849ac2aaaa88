"""Which neural shapes a viewport shows, read from the scene at each redraw."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NoReturn

import bpy
import numpy as np

from ..core.fields.nested import NestedField
from ..core.fields.space_time import SpaceTimeField, TrainedSegment
from ..core.neural_shape import NeuralShape
from ..core.shape_file import ShapeFileError
from ..core.tracing.render import step_scale
from ..scene import neural_shape
from ..scene.morph_properties import source_names
from ..scene.object_mesh import triangle_mesh
from ..scene.preview_properties import PreviewSceneSettings
from ..scene.properties import source_of
from .appearance import appearance
from .errors import PreviewError
from .preview import FirstHitMesh, Previewed, Viewpoint
from .uniforms import Settings

# A shape in training differs from its source by less, after the first seconds; in domain units.
BEFORE_MESH = 0.05


def viewpoint(context: bpy.types.Context) -> Viewpoint:
    """The viewport that is being drawn."""
    region, view = context.region, context.region_data
    return Viewpoint(
        key=region.as_pointer(),
        size=(region.width, region.height),
        view=np.array(view.view_matrix, dtype=np.float64),
        projection=np.array(view.window_matrix, dtype=np.float64),
    )


def visible_shapes(
    context: bpy.types.Context, problems: dict[str, str], mesh_versions: Mapping[str, int]
) -> list[Previewed]:
    """Previewed shapes that are not hidden in the context's viewport.

    An object whose shape cannot be read gets a sentence in ``problems`` by its key. ``mesh_versions`` has
    another number for an object's name after each change of its geometry.
    """
    found = []
    for holder in context.view_layer.objects:
        if not holder.neural_shapes_preview.enabled or not neural_shape.has_shape(holder):
            continue
        if not is_visible(holder, context):
            continue
        key = str(holder.session_uid)
        try:
            shape = neural_shape.read(holder)
        except ShapeFileError as error:
            problems[key] = str(error)
            continue
        networks, time = neural_shape.shape_uuid(holder), holder.neural_shapes.time
        shown = _previewed(holder, shape, networks, time, context)
        mesh = _first_hit_mesh(holder, context, mesh_versions)
        found.append(replace(shown, mesh=mesh, uses_grid=mesh is None and _uses_grid(shape, context)))
    return found


def is_visible(holder: bpy.types.Object, context: bpy.types.Context) -> bool:
    """Whether an object is hidden neither itself nor by its collections nor by the viewport's local view."""
    return holder.visible_get() and holder.visible_in_viewport_get(context.space_data)


def training_shape(
    target: bpy.types.Object, shape: NeuralShape, networks: str, time: float, context: bpy.types.Context
) -> Previewed:
    """A shape that is being trained, at a time, at its object's place and in front of the mesh there."""
    shown = _previewed(target, shape, networks, time, context)
    return replace(shown, appearance=replace(shown.appearance, depth_offset=BEFORE_MESH))


def _previewed(
    holder: bpy.types.Object,
    shape: NeuralShape,
    networks: str,
    time: float,
    context: bpy.types.Context,
) -> Previewed:
    placement = shape.placement_at_time(time, holder.neural_shapes.true_volume)
    field, networks, time = _field_at(shape, networks, time)
    return Previewed(
        key=str(holder.session_uid),
        networks=networks,
        field=field,
        placement=placement,
        matrix_world=np.array(holder.matrix_world, dtype=np.float64),
        settings=Settings(time, step_scale(shape), _cut(context.scene.neural_shapes_preview)),
        appearance=appearance(holder, context),
    )


def _field_at(shape: NeuralShape, networks: str, time: float) -> tuple[NestedField, str, float]:
    """The nested field to trace at a time, the name of its networks, and the time to trace it at.

    A trained segment stays on the graphics card over its whole time; a blend is other networks each time.
    """
    if not isinstance(shape.field, SpaceTimeField):
        return shape.field, networks, time
    index, within = shape.field.locate(time)
    segment = shape.field.segments[index]
    if isinstance(segment, TrainedSegment):
        return segment.field, f"{networks} segment {index}", within
    return segment.at_time(within), f"{networks} segment {index} at {within}", 0.0


def _cut(settings: PreviewSceneSettings) -> tuple[float, float, float, float]:
    """The half space that the section's settings cut away, in domain units; zeros for none."""
    if settings.look != "SECTION":
        return (0.0, 0.0, 0.0, 0.0)
    sign = -1.0 if settings.section_flip else 1.0
    normal = [sign if settings.section_axis == axis else 0.0 for axis in "XYZ"]
    return normal[0], normal[1], normal[2], sign * settings.section_position


def _first_hit_mesh(
    holder: bpy.types.Object, context: bpy.types.Context, mesh_versions: Mapping[str, int]
) -> FirstHitMesh | None:
    settings = context.scene.neural_shapes_preview
    if settings.look == "ERROR":
        shown = source_of(holder)
        if shown is None:
            refuse = _refuse_morph if len(source_names(holder)) > 1 else _refuse_without_source
            return FirstHitMesh(f"no source of {holder.session_uid}", refuse)
    elif settings.first_hit == "MESH":
        shown = holder
    else:
        return None
    data = shown.data.session_uid if shown.data else 0
    key = f"{shown.session_uid} {data} {mesh_versions.get(shown.name, 0)}"
    return FirstHitMesh(key, lambda: triangle_mesh(shown, context.evaluated_depsgraph_get()))


def _uses_grid(shape: NeuralShape, context: bpy.types.Context) -> bool:
    """Whether the shape's grid is asked for, and stays right for longer than it takes to bake."""
    return context.scene.neural_shapes_preview.first_hit == "GRID" and not shape.changes_over_time


def _refuse_without_source() -> NoReturn:
    raise PreviewError("The error look needs the source, which is not in this file; choose it under Source.")


def _refuse_morph() -> NoReturn:
    raise PreviewError("The error look compares a shape with one source, and a morph has several.")
