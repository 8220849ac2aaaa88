"""Changes of the scene from outside an operator: a busy cursor, and an undo step of their own."""

from collections.abc import Iterator
from contextlib import contextmanager

import bpy


@contextmanager
def busy_cursor() -> Iterator[None]:
    """Show the waiting cursor in every window, for what Blender cannot go on during."""
    windows = bpy.context.window_manager.windows
    for window in windows:
        window.cursor_modal_set("WAIT")
    try:
        yield
    finally:
        for window in windows:
            window.cursor_modal_restore()


def push_undo(message: str) -> None:
    """Make what was changed one step that the artist can undo."""
    for window in bpy.context.window_manager.windows[:1]:
        with bpy.context.temp_override(window=window):
            bpy.ops.ed.undo_push(message=message)
