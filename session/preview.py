"""The preview's events: drawing, refining while the view rests, and freeing what a file needed."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import bpy

from ..core.neural_shape import NeuralShape
from ..scene.object_reference import ObjectReference
from ..viewport.preview import Preview, Previewed
from ..viewport.visible_shapes import is_visible, training_shape, viewpoint, visible_shapes
from ..worker.arrays import array_to_shape
from ..worker.protocol import Message
from .jobs import Job

# Between two redraws of a view that is still being refined: long enough for mouse and keyboard.
REFINE_SECONDS = 0.01

preview = Preview()

_draw_handlers: list[object] = []
# How often the geometry of each object, by its name, has changed since the file was opened.
_mesh_versions: Counter[str] = Counter()
# What trainings have reached, by the key of the object that it is shown at.
_trainings: dict[str, "_Training"] = {}


@dataclass(frozen=True)
class _Training:
    job: Job
    shape: NeuralShape
    # Names this state of the networks for the preview.
    networks: str
    # The time to show a shape at that changes over time.
    time: Callable[[NeuralShape], float]


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
    _mesh_versions.clear()
    _trainings.clear()


def note_changed(names: set[str]) -> None:
    """Read the meshes of these objects anew when they are shown."""
    _mesh_versions.update(names)


def show_training(job: Job, message: Message, time: Callable[[NeuralShape], float] = lambda _: 0.0) -> None:
    """Show the networks that a training has reached, when a message of its progress carries them.

    ``time`` says at each redraw which moment is shown of a shape that changes over time.
    """
    if "shape" in message.arrays and not bpy.app.background:
        shape = array_to_shape(message.arrays["shape"])
        networks = f"{job.uuid} at step {message.body.get('step')}"
        _trainings[job.uuid] = _Training(job, shape, networks, time)
        _redraw()


def _shapes(context: bpy.types.Context) -> list[Previewed]:
    """The objects' own shapes; where one is being trained, what that has reached takes its place."""
    shown = {shape.key: shape for shape in visible_shapes(context, preview.problems, _mesh_versions)}
    for key in [key for key, training in _trainings.items() if not training.job.active]:
        del _trainings[key]
    if context.scene.neural_shapes_preview.show_training:
        for key, training in _trainings.items():
            target = ObjectReference(int(key)).find()
            if target is not None and is_visible(target, context):
                time = training.time(training.shape)
                shown[key] = training_shape(target, training.shape, training.networks, time, context)
    return list(shown.values())


def _draw() -> None:
    if bpy.app.is_job_running("RENDER"):
        return
    context = bpy.context
    was_refining = preview.is_refining
    wants_more = preview.draw(lambda: (viewpoint(context), _shapes(context)))
    # The sidebar is drawn before the viewport: a last redraw tells it that refining is over.
    if (wants_more or was_refining) and not bpy.app.timers.is_registered(_redraw):
        bpy.app.timers.register(_redraw, first_interval=REFINE_SECONDS)


def _redraw() -> None:
    viewports = set()
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()
                viewports.update(region.as_pointer() for region in area.regions if region.type == "WINDOW")
    preview.keep_viewports(viewports)
