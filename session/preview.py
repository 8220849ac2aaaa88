"""The preview's events: drawing, refining while the view rests, and freeing what a file needed."""

import bpy

from ..viewport.preview import Preview
from ..viewport.visible_shapes import viewpoint, visible_shapes

# Between two redraws of a view that is still being refined: long enough for mouse and keyboard.
REFINE_SECONDS = 0.01

preview = Preview()

_draw_handlers: list[object] = []


def register() -> None:
    """Draw in all 3D viewports; without a window there is none."""
    if not bpy.app.background:
        handler = bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_VIEW")
        _draw_handlers.append(handler)


def unregister() -> None:
    """Stop drawing, and free everything on the graphics card."""
    while _draw_handlers:
        bpy.types.SpaceView3D.draw_handler_remove(_draw_handlers.pop(), "WINDOW")
    if bpy.app.timers.is_registered(_redraw):
        bpy.app.timers.unregister(_redraw)
    preview.free()


def leave_file() -> None:
    """Forget the shapes of the file that is being closed, and what was wrong with them."""
    preview.free()
    preview.switch_on()


def _draw() -> None:
    if bpy.app.is_job_running("RENDER"):
        return
    context = bpy.context
    wants_more = preview.draw(lambda: (viewpoint(context), visible_shapes(context, preview.problems)))
    if wants_more and not bpy.app.timers.is_registered(_redraw):
        bpy.app.timers.register(_redraw, first_interval=REFINE_SECONDS)


def _redraw() -> None:
    viewports = set()
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()
                viewports.update(region.as_pointer() for region in area.regions if region.type == "WINDOW")
    preview.keep_viewports(viewports)
