"""The object that plays a morph's bake: a child of the morph's own object, which renders leave out then."""

from dataclasses import dataclass

import bpy

from . import neural_shape
from .baked_nodes import BakedRange, playback_nodes
from .own_collections import own_collections

NAME = "Baked Morph"


@dataclass(frozen=True)
class Bake:
    """A bake's folder as nodes have it, its frames, and what carried colours and UVs are called."""

    folder: str
    range: BakedRange
    colours: str = ""
    uvs: str = ""


def bake_of(morph: bpy.types.Object) -> bpy.types.Object | None:
    """The object that plays a morph's bake, if there is one."""
    return next((child for child in morph.children if is_bake(child)), None)


def is_bake(candidate: bpy.types.Object | None) -> bool:
    """Whether an object plays the bake of a morph; cheap enough for a poll."""
    return candidate is not None and candidate.neural_shapes_played_bake.is_bake


def morph_of(candidate: bpy.types.Object | None) -> bpy.types.Object | None:
    """The morph that an object carries, or whose bake it plays."""
    found = candidate.parent if is_bake(candidate) else candidate
    return found if neural_shape.has_shape(found) else None


def play_bake(morph: bpy.types.Object, bake: Bake, view_layer: bpy.types.ViewLayer) -> bpy.types.Object:
    """Have an object play a bake: the one that plays the morph's earlier bake, or a new child of the morph.

    It takes the morph's materials and, when it is new, its place in collections, in the selection and in
    renders.
    """
    baked = bake_of(morph)
    if baked is None:
        baked = _added(morph)
        _show_instead(baked, morph, view_layer)
    morph.neural_shapes_bake.is_shown = True
    materials = [slot.material for slot in morph.material_slots]
    nodes = playback_nodes(baked.name, bake.folder, bake.range, materials, bake.colours, bake.uvs)
    _exchange_nodes(baked.modifiers.get(NAME) or baked.modifiers.new(NAME, "NODES"), nodes)
    played = baked.neural_shapes_played_bake
    played.is_bake = True
    played.first, played.last, played.step = bake.range.first, bake.range.last, bake.range.step
    return baked


def remove_bake(baked: bpy.types.Object, view_layer: bpy.types.ViewLayer) -> None:
    """Remove the object that plays a bake, and show and render its parent again; the files stay.

    The parent is the morph, which may have lost its shape meanwhile; another one is left alone.
    """
    parent, mesh = baked.parent, baked.data
    trees = [modifier.node_group for modifier in baked.modifiers if modifier.name == NAME]
    if parent is not None and parent.neural_shapes_bake.is_shown:
        parent.neural_shapes_bake.is_shown = False
        _show_instead(parent, baked, view_layer)
    bpy.data.objects.remove(baked)
    for tree in trees:
        if tree is not None and not tree.users:
            bpy.data.node_groups.remove(tree)
    if not mesh.users:
        bpy.data.meshes.remove(mesh)


def _added(morph: bpy.types.Object) -> bpy.types.Object:
    name = f"{morph.name} Baked"
    baked = bpy.data.objects.new(name, bpy.data.meshes.new(name))
    baked.parent = morph
    for collection in own_collections(morph.users_collection) or [bpy.context.scene.collection]:
        collection.objects.link(baked)
    return baked


def _show_instead(shown: bpy.types.Object, hidden: bpy.types.Object, view_layer: bpy.types.ViewLayer) -> None:
    """Show, render and select one object in place of another, as far as the view layer has them."""
    selected = hidden.select_get(view_layer=view_layer)
    was_active = view_layer.objects.active == hidden
    for changed, is_hidden in ((shown, False), (hidden, True)):
        changed.hide_render = is_hidden
        if changed.name in view_layer.objects:
            changed.hide_set(is_hidden, view_layer=view_layer)
    if shown.name in view_layer.objects:
        shown.select_set(selected, view_layer=view_layer)
        if was_active:
            view_layer.objects.active = shown


def _exchange_nodes(modifier: bpy.types.NodesModifier, nodes: bpy.types.GeometryNodeTree) -> None:
    earlier = modifier.node_group
    modifier.node_group = nodes
    if earlier is not None and not earlier.users:
        name = earlier.name
        bpy.data.node_groups.remove(earlier)
        nodes.name = name
