"""The zip installs into a fresh Blender, and its tab is in the sidebar."""

from collections.abc import Callable


def test_the_extension_installs_and_the_window_opens(open_window: Callable) -> None:
    window = open_window()
    assert window.value("'bl_ext.user_default.neural_shapes' in bpy.context.preferences.addons")
    window.picture("installed")
