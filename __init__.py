"""Registers Neural Shapes with Blender; importable without bpy."""

from importlib import import_module

# In the order in which one needs the other.
REGISTERED_MODULES = (
    ".scene.properties",
    ".scene.mapping_properties",
    ".scene.morph_properties",
    ".scene.morph_bake_properties",
    ".scene.preview_properties",
    ".scene.plot_properties",
    ".scene.playback_properties",
    ".operators.registration",
    ".operators.command_line.registration",
    ".panels.registration",
    ".session.handlers",
)


def register() -> None:
    """Called by Blender when the extension is enabled."""
    for name in REGISTERED_MODULES:
        import_module(name, __package__).register()


def unregister() -> None:
    """Called by Blender when the extension is disabled."""
    for name in reversed(REGISTERED_MODULES):
        import_module(name, __package__).unregister()
