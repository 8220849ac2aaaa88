"""Undo beside a morph whose mesh follows the frame: by keys, as an artist presses them."""

from collections.abc import Callable
from pathlib import Path

import pytest

EXTENSION = "bl_ext.user_default.neural_shapes"
ARRIVAL_SECONDS = 60
DRAFT, FULL = 16, 32

SCENE = """
import bpy, importlib
bpy.data.batch_remove(bpy.data.objects)
shape_file = importlib.import_module('{extension}.core.shape_file')
neural_shape = importlib.import_module('{extension}.scene.neural_shape')
time_curve = importlib.import_module('{extension}.scene.time_curve')
morph = bpy.data.objects.new('Morph', bpy.data.meshes.new('Morph'))
bpy.context.scene.collection.objects.link(morph)
neural_shape.store(morph, shape_file.load({shape!r}))
time_curve.key_times(morph, [(1, 0.0), (11, 1.0)], 'LINEAR')
bpy.ops.mesh.primitive_cube_add(location=(3, 0, 0))
bpy.context.object.name = 'Cube'
settings = bpy.context.scene.neural_shapes_playback
settings.draft_resolution, settings.full_resolution = {draft}, {full}
bpy.ops.wm.save_as_mainfile(filepath={path!r})
"""
ARRIVED = """[
    bpy.data.objects['Morph'].data.get('neural_shapes_moment', {{}}).get('resolution'),
    bpy.context.scene.frame_current, round(bpy.data.objects['Cube'].location.x),
] == [{resolution}, {frame}, {x}]"""


@pytest.fixture
def window(root: Path, save_scene: Callable, open_window: Callable, tmp_path: Path):
    shape = str(root / "tests/viewport/shapes/space_time.safetensors")
    values = {"extension": EXTENSION, "shape": shape, "draft": DRAFT, "full": FULL}
    return open_window(save_scene(tmp_path / "morph.blend", SCENE, **values))


def wait_shown(window, frame: int, x: int) -> None:
    """Wait for a frame with its finer mesh, and the cube at a place."""
    window.wait_until(ARRIVED.format(resolution=FULL, frame=frame, x=x), ARRIVAL_SECONDS)


def test_undo_and_redo_go_through_what_was_done_before_scrubbing(window) -> None:
    window.hover_viewport()
    for x in (4, 5, 6):
        window.press("g", "x", "1", "Return")
        window.wait_until(f"round(bpy.data.objects['Cube'].location.x) == {x}", ARRIVAL_SECONDS)
    for frame in (2, 3):
        window.press("Right")
        wait_shown(window, frame, 6)
    # Blender undoes changes of the frame that follow each other as one.
    for frame, x in ((1, 6), (1, 5), (1, 4)):
        window.press("ctrl+z")
        wait_shown(window, frame, x)
    for frame, x in ((1, 5), (1, 6), (3, 6)):
        window.press("ctrl+shift+z")
        wait_shown(window, frame, x)
    window.picture("scrub-undo")
