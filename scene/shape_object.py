"""The object that carries a neural shape: a new one beside its source, which stays as it was."""

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
from mathutils import Matrix

from ..core.errors import NeuralShapesError
from ..core.geometry.mesh import TriangleMesh
from ..core.neural_shape import NeuralShape
from . import neural_shape
from .face_materials import copy_materials
from .morph_properties import set_sources
from .object_reference import ObjectReference
from .own_collections import own_collections
from .surface_mesh import new_mesh


@dataclass(frozen=True)
class Origin:
    """Where a shape's object goes: beside its source, or where that was if it is deleted meanwhile."""

    source: ObjectReference
    name: str
    matrix_world: Matrix
    scene_name: str

    @classmethod
    def of(cls, source: bpy.types.Object, scene: bpy.types.Scene) -> "Origin":
        """The origin of a shape that is trained from an object as it is now."""
        return cls(ObjectReference.of(source), source.name, source.matrix_world.copy(), scene.name)

    @property
    def present_name(self) -> str:
        """The source's name as it is now, or as it was when there is none any more."""
        source = self.source.find()
        return source.name if source else self.name


def add_beside(origin: Origin, shape: NeuralShape, surface: TriangleMesh) -> bpy.types.Object:
    """A new object with the source's transform, parent, collections, materials and place in the selection."""
    source = origin.source.find()
    holder = _new_beside(origin, origin.present_name, shape, surface)
    if source:
        holder.neural_shapes.source = source.name
        _take_place_in_selection(source, holder, bpy.context.view_layer)
    return holder


def add_morph_beside(
    origins: Sequence[Origin], shape: NeuralShape, first: TriangleMesh, placement: str
) -> bpy.types.Object:
    """The same for a morph, beside the first of its keys' sources; it is named after the first and the last.

    ``first``, the first source's mesh, is its mesh until a surface is extracted. It takes the place of all
    its sources in the selection.
    """
    holder = _new_beside(origins[0], f"{origins[0].present_name} to {origins[-1].present_name}", shape, first)
    set_sources(holder, [origin.present_name for origin in origins])
    holder.neural_shapes_morph.placement = placement
    for origin in origins:
        if (source := origin.source.find()) is not None:
            _take_place_in_selection(source, holder, bpy.context.view_layer)
    return holder


def add_loaded(name: str, shape: NeuralShape, view_layer: bpy.types.ViewLayer) -> bpy.types.Object:
    """A new, selected and active object with a shape from a file; its mesh is empty as yet."""
    holder = bpy.data.objects.new(name, bpy.data.meshes.new(name))
    neural_shape.store(holder, shape)
    set_sources(holder, [key.source for key in shape.keys])
    layer = view_layer.active_layer_collection
    if layer.exclude or not own_collections([layer.collection]):
        layer = view_layer.layer_collection
    layer.collection.objects.link(holder)
    for selected in view_layer.objects.selected:
        selected.select_set(False, view_layer=view_layer)
    holder.select_set(True, view_layer=view_layer)
    view_layer.objects.active = holder
    return holder


def require_local(*to_be_changed: bpy.types.ID) -> None:
    """Raises NeuralShapesError when an object or its mesh belongs to another file, and cannot be changed.

    A library override of an object can be; its mesh is still the library's.
    """
    for datablock in to_be_changed:
        if not datablock.is_editable:
            raise NeuralShapesError(f"“{datablock.name}” is linked from another file; make it local first.")


def has_own_shape(holder: bpy.types.Object) -> bool:
    """Whether an object's networks can be changed: an override's are those of the library."""
    return holder.is_editable and holder.override_library is None


def require_own_shape(holder: bpy.types.Object) -> None:
    """Raises NeuralShapesError when an object's networks or its mesh belong to another file."""
    if not has_own_shape(holder):
        raise NeuralShapesError(
            f"The neural shape of “{holder.name}” is linked from another file; make it local first."
        )
    require_local(holder.data)


def replace_surface(holder: bpy.types.Object, surface: TriangleMesh) -> None:
    """Give a shape's object a new surface under the old mesh's name, with the mesh's and its own materials.

    Each face takes the material of the nearest face of the old surface. The old mesh is removed when
    nothing else uses it, and an object that shares it keeps it.
    """
    old = holder.data
    name = old.name
    # The new mesh gets its slots first: an object that is given a mesh with fewer loses its own materials.
    new, previous = new_mesh(name, surface), bpy.data.objects.new(name, old)
    copy_materials(previous, new)
    bpy.data.objects.remove(previous)
    holder.data = new
    if not old.users:
        bpy.data.meshes.remove(old)
        holder.data.name = name


def _new_beside(origin: Origin, name: str, shape: NeuralShape, surface: TriangleMesh) -> bpy.types.Object:
    """A new object with the origin's transform, parent, collections and materials."""
    source = origin.source.find()
    holder = bpy.data.objects.new(f"{name} Neural", new_mesh(f"{name} Neural", surface))
    neural_shape.store(holder, shape)
    for collection in _collections(source, origin.scene_name):
        collection.objects.link(holder)
    if source:
        _place_like(source, holder)
        copy_materials(source, holder.data)
    else:
        holder.matrix_world = origin.matrix_world
    return holder


def _place_like(source: bpy.types.Object, holder: bpy.types.Object) -> None:
    """The same place under the same parent; constraints act on the source alone."""
    holder.rotation_mode = source.rotation_mode
    holder.parent = source.parent
    holder.parent_type = source.parent_type
    holder.parent_bone = source.parent_bone
    holder.parent_vertices = source.parent_vertices
    holder.matrix_parent_inverse = source.matrix_parent_inverse
    bpy.context.view_layer.update()
    holder.matrix_world = source.matrix_world


def _take_place_in_selection(
    source: bpy.types.Object, holder: bpy.types.Object, view_layer: bpy.types.ViewLayer
) -> None:
    """Select the new object where the source is selected still; whoever went on is not disturbed."""
    if source.select_get(view_layer=view_layer):
        source.select_set(False, view_layer=view_layer)
        holder.select_set(True, view_layer=view_layer)
    if view_layer.objects.active == source:
        view_layer.objects.active = holder


def _collections(source: bpy.types.Object | None, scene_name: str) -> list[bpy.types.Collection]:
    """The source's own collections, as far as they belong to this file; else the scene's."""
    found = own_collections(source.users_collection) if source else []
    scene = bpy.data.scenes.get(scene_name) or bpy.context.scene
    return found or [scene.collection]
