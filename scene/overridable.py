"""What an artist sets on an object of a library is set on its override, and saved with the artist's file."""

import bpy

OVERRIDABLE = {"LIBRARY_OVERRIDABLE"}

GROUPS = (
    "neural_shapes",
    "neural_shapes_bake",
    "neural_shapes_played_bake",
    "neural_shapes_playback",
    "neural_shapes_preview",
)


def prepare_for_overrides(holder: bpy.types.Object) -> None:
    """Have an object's groups of settings saved, even where nothing is set in them.

    Blender 5.2 loses what is set in an override's group that the library's object has not (measured).
    """
    for name in GROUPS:
        getattr(holder, name)  # Blender makes a group when it is first looked at.
