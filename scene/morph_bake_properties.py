"""What the artist sets for baking a morph, and what an object that plays a bake knows of it."""

import bpy

from .overridable import OVERRIDABLE


class MorphBakeSettings(bpy.types.PropertyGroup):
    """How a morph is baked, and whether its bake is shown; a part of the object that carries it."""

    is_shown: bpy.props.BoolProperty(
        name="Shown",
        description="Whether a bake is shown and rendered in this object's place",
        override=OVERRIDABLE,
    )

    resolution: bpy.props.IntProperty(
        name="Resolution",
        description="Cells of the grid along each axis; twice the resolution makes four times the faces",
        default=256,
        min=8,
        soft_min=32,
        max=1024,
        soft_max=512,
        override=OVERRIDABLE,
    )
    scene_frames: bpy.props.BoolProperty(
        name="Scene Frames",
        description="Bake the frames that the scene renders",
        default=True,
        override=OVERRIDABLE,
    )
    first: bpy.props.IntProperty(
        name="First Frame", description="The first frame to bake", default=1, override=OVERRIDABLE
    )
    last: bpy.props.IntProperty(
        name="Last Frame", description="The last frame to bake", default=250, override=OVERRIDABLE
    )
    step: bpy.props.IntProperty(
        name="Step",
        description="Bake every so many frames; between them the surface moves on along its velocity",
        default=1,
        min=1,
        soft_max=10,
        override=OVERRIDABLE,
    )
    folder: bpy.props.StringProperty(
        name="Folder",
        description="Where the frames go; empty for a folder beside the file, named after the object",
        subtype="DIR_PATH",
        options={"PATH_SUPPORTS_BLEND_RELATIVE"},
        override=OVERRIDABLE,
    )
    carry: bpy.props.BoolProperty(
        name="Carry Colors and UVs",
        description="Let the first mesh's color attribute and UV map flow along with the morph",
        override=OVERRIDABLE,
    )


class PlayedBake(bpy.types.PropertyGroup):
    """The frames that an object plays, if it plays a bake: every step-th one from the first to the last."""

    is_bake: bpy.props.BoolProperty(
        name="Bake", description="Whether this object plays the bake of a morph", override=OVERRIDABLE
    )
    first: bpy.props.IntProperty(
        name="First Frame", description="The first frame that was baked", override=OVERRIDABLE
    )
    last: bpy.props.IntProperty(
        name="Last Frame", description="The last frame that was baked", override=OVERRIDABLE
    )
    step: bpy.props.IntProperty(
        name="Step",
        description="From one baked frame to the next",
        default=1,
        min=1,
        override=OVERRIDABLE,
    )


CLASSES = (MorphBakeSettings, PlayedBake)


def register() -> None:
    """Attach the settings to objects."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Object.neural_shapes_bake = bpy.props.PointerProperty(
        type=MorphBakeSettings, override=OVERRIDABLE
    )
    bpy.types.Object.neural_shapes_played_bake = bpy.props.PointerProperty(
        type=PlayedBake, override=OVERRIDABLE
    )


def unregister() -> None:
    """Take them off again; what files hold of them stays in the files."""
    del bpy.types.Object.neural_shapes_played_bake
    del bpy.types.Object.neural_shapes_bake
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
