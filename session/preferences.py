"""Reads the extension's preferences, wherever Blender installed it."""

import bpy

# The extension is neural_shapes, or bl_ext.<repository>.neural_shapes when installed from a zip.
EXTENSION = __package__.rpartition(".")[0]


def preferences() -> bpy.types.AddonPreferences:
    """The preferences that panels.preferences defines."""
    return bpy.context.preferences.addons[EXTENSION].preferences
