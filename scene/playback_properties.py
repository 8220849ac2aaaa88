"""What the artist sets of playback: on objects whether their mesh follows the frame, on the scene how."""

import bpy

from .overridable import OVERRIDABLE


class PlaybackSceneSettings(bpy.types.PropertyGroup):
    """How finely meshes follow the frame in this scene, and how much memory that may take."""

    draft_resolution: bpy.props.IntProperty(
        name="Draft Resolution",
        description="Cells of the grid along each axis while the frame changes",
        default=64,
        min=8,
        soft_min=16,
        max=1024,
        soft_max=128,
    )
    full_resolution: bpy.props.IntProperty(
        name="Resolution",
        description="Cells of the grid along each axis once the playhead rests",
        default=128,
        min=8,
        soft_min=32,
        max=1024,
        soft_max=512,
    )
    cache_megabytes: bpy.props.IntProperty(
        name="Cache Limit",
        description="Megabytes of memory for meshes of other frames, which are never saved",
        default=512,
        min=0,
        soft_min=64,
        soft_max=4096,
    )


class PlaybackObjectSettings(bpy.types.PropertyGroup):
    """Whether an object's mesh follows the frame."""

    follow: bpy.props.BoolProperty(
        name="Follow Frame",
        description="Replace the mesh by the morph's surface at every frame, for the viewport; render a bake",
        default=True,
        override=OVERRIDABLE,
    )
    neural_normals: bpy.props.BoolProperty(
        name="Neural Normals",
        description="Shade the mesh with the finest level's normals at every frame",
        default=True,
        override=OVERRIDABLE,
    )


CLASSES = (PlaybackSceneSettings, PlaybackObjectSettings)


def register() -> None:
    """Attach the settings to scenes and objects."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.neural_shapes_playback = bpy.props.PointerProperty(type=PlaybackSceneSettings)
    bpy.types.Object.neural_shapes_playback = bpy.props.PointerProperty(
        type=PlaybackObjectSettings, override=OVERRIDABLE
    )


def unregister() -> None:
    """Take them off again; what files hold of them stays in the files."""
    del bpy.types.Object.neural_shapes_playback
    del bpy.types.Scene.neural_shapes_playback
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
