"""The zip installs into a fresh Blender, and its tab is in the sidebar."""

from collections.abc import Callable


def test_the_extension_installs_and_the_window_opens(open_window: Callable) -> None:
    window = open_window()
    assert window.value("bpy.context.preferences.addons.keys().count('bl_ext.user_default.neural_shapes')") == 1
    window.open_sidebar("Item")
    window.picture("install")
