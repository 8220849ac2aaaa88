"""What the artist sets of morphs: keyed meshes and their training on the scene, the sources on each morph."""

from collections.abc import Iterable

import bpy

from .time_curve import EASINGS

MODES = (
    ("volume", "Volume", "Flows from mesh to mesh and keeps its volume"),
    ("flow", "Flow", "Flows along normals by the level-set equation; quick, and loses volume on the way"),
    ("blend", "Blend", "Fades from mesh to mesh; nothing moves"),
    ("joint", "Joint", "The published volume-preserving training, to compare with"),
)

PLACEMENTS = (
    ("keep", "Keep", "Meshes stay where they stand; a constant volume is that of the smallest"),
    ("fit", "Fit", "Each mesh is centred on the first one and scaled to its size"),
)


class MorphKey(bpy.types.PropertyGroup):
    """A mesh that the next morph passes through at a frame.

    The source is a name: a pointer would keep a deleted source in the file and drag it along on append.
    """

    source: bpy.props.StringProperty(name="Object", description="The object whose mesh is keyed")
    frame: bpy.props.IntProperty(name="Frame", description="When the morph is this mesh")


class MorphSettings(bpy.types.PropertyGroup):
    """The keys of the next morph, and how its training goes."""

    keys: bpy.props.CollectionProperty(type=MorphKey)
    active_key: bpy.props.IntProperty(name="Active Key", options={"HIDDEN"})
    mode: bpy.props.EnumProperty(
        name="Mode", description="How the shape goes from mesh to mesh", items=MODES, default="volume"
    )
    placement: bpy.props.EnumProperty(
        name="Placement",
        description="Where the meshes are, and how large, when they are morphed",
        items=PLACEMENTS,
        default="keep",
    )
    easing: bpy.props.EnumProperty(
        name="Easing",
        description="Interpolation of Time from key to key; the Graph Editor changes it later",
        items=EASINGS,
        default="BEZIER",
    )
    seconds: bpy.props.FloatProperty(
        name="Time Limit",
        description="Seconds of training that the mode is fitted into; 0 for the mode's own length",
        min=0.0,
        soft_max=1800.0,
        precision=0,
        step=100,
    )
    seed: bpy.props.IntProperty(
        name="Seed", description="The same seed, mode and threads repeat a training", min=0, soft_max=1000
    )


class MorphSource(bpy.types.PropertyGroup):
    """One of the objects that a morph was trained from, by its name as in MorphKey."""

    source: bpy.props.StringProperty(
        name="Object", description="The object that this key's mesh comes from; another one is trained anew"
    )


class MorphObjectSettings(bpy.types.PropertyGroup):
    """What an object with a morph keeps beside its networks: what it takes to train it anew."""

    sources: bpy.props.CollectionProperty(type=MorphSource)
    placement: bpy.props.EnumProperty(
        name="Placement",
        description="Where the meshes are, and how large, when they are morphed",
        items=PLACEMENTS,
        default="keep",
    )


CLASSES = (MorphKey, MorphSettings, MorphSource, MorphObjectSettings)


def register() -> None:
    """Attach the settings to scenes and objects."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.neural_shapes_morph = bpy.props.PointerProperty(type=MorphSettings)
    bpy.types.Object.neural_shapes_morph = bpy.props.PointerProperty(type=MorphObjectSettings)


def unregister() -> None:
    """Take them off again; what files hold of them stays in the files."""
    del bpy.types.Object.neural_shapes_morph
    del bpy.types.Scene.neural_shapes_morph
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)


def set_sources(holder: bpy.types.Object, names: Iterable[str]) -> None:
    """Write down which objects a morph was trained from, in the order of its keys."""
    sources = holder.neural_shapes_morph.sources
    sources.clear()
    for name in names:
        sources.add().source = name


def source_names(holder: bpy.types.Object) -> list[str]:
    """The names of all the objects that a shape was trained from: one, or those of a morph's keys."""
    of_keys = [entry.source for entry in holder.neural_shapes_morph.sources]
    return of_keys or [holder.neural_shapes.source]
