"""A morph as an animator makes it: keyed by clicks, trained, scrubbed, eased, judged, baked, played."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

EXTENSION = "bl_ext.user_default.neural_shapes"
PREFERENCES = f"bpy.context.preferences.addons[{EXTENSION!r}].preferences"
SHAPE_UUID = f"__import__('{EXTENSION}.scene.neural_shape', fromlist=['shape_uuid']).shape_uuid"
JOBS = f"__import__('{EXTENSION}.session.worker', fromlist=['jobs']).jobs"
MORPH = "bpy.data.objects['Ball to Box Neural']"
BAKED = "bpy.data.objects['Ball to Box Neural Baked']"
FIRST, LAST, BAKE_STEP = 1, 21, 5
# A ball of radius 1 becomes a box of half that side; a small network is this far from them at most.
RADIUS, HALF_SIDE, NEAR = 1.0, 0.75, 0.05
WORK_SECONDS, FOLLOW_SECONDS = 240.0, 30.0
PLOT_PIXELS = 1000

SCENE = f"""
import bpy
bpy.data.batch_remove(bpy.data.objects)
bpy.ops.mesh.primitive_uv_sphere_add(radius={RADIUS})
bpy.context.object.name = 'Ball'
bpy.ops.mesh.primitive_cube_add(size=2 * {HALF_SIDE})
bpy.context.object.name = 'Box'
bpy.context.scene.frame_start, bpy.context.scene.frame_end = {FIRST}, {LAST}
bpy.ops.wm.save_as_mainfile(filepath={{path!r}})
"""

ACTIVATE = """
for each in bpy.context.scene.objects:
    each.select_set(each.name == {name!r})
bpy.context.view_layer.objects.active = bpy.data.objects[{name!r}]
"""

# The Graph Editor in place of the viewport, and the middle of its curves.
GRAPH_EDITOR = """
area = next(a for a in bpy.context.window.screen.areas if a.type == 'VIEW_3D')
area.ui_type = 'FCURVES'
region = next(r for r in area.regions if r.type == 'WINDOW')
result = [region.x + region.width // 2, region.y + region.height // 2]
"""
VIEWPORT_AGAIN = """
next(a for a in bpy.context.window.screen.areas if a.type == 'GRAPH_EDITOR').ui_type = 'VIEW_3D'
"""

# How far an object's mesh, as it is seen, reaches along x.
REACH = """
mesh = {holder}.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
result = max((vertex.co.x for vertex in mesh.vertices), default=0.0)
"""


class MorphWindow:
    """A window on a ball and a box, with what an animator does in it."""

    def __init__(self, window) -> None:
        self.window = window

    def key(self, name: str, frame: int) -> None:
        """Select an object, go to a frame and click Key Mesh."""
        self.window.run(ACTIVATE.format(name=name) + f"bpy.context.scene.frame_set({frame})")
        self.window.redraw()
        self.window.click(*self.window.find_button("neural_shapes.key_mesh"))
        self.window.wait_until(
            f"{frame} in [key.frame for key in bpy.context.scene.neural_shapes_morph.keys]", 10
        )

    def reach(self, holder: str) -> float:
        """How far the object's mesh reaches along x."""
        return self.window.run(REACH.format(holder=holder))

    def wait_reach(self, holder: str, expected: float) -> None:
        """Wait until the mesh reaches as far as it should."""
        end = time.monotonic() + FOLLOW_SECONDS
        while abs(self.reach(holder) - expected) > NEAR:
            assert time.monotonic() < end, f"reaches {self.reach(holder):.3f}, not {expected}"
            time.sleep(0.2)

    def changed_pixels(self, before: Path, after: Path) -> int:
        """How many pixels of the viewport differ between two pictures of the screen."""
        region = self.window.region("WINDOW")
        first, second = (np.asarray(Image.open(path).convert("RGB")).astype(int) for path in (before, after))
        differs = np.abs(first - second).max(axis=2) > 8
        return int(differs[:, region["x"] : region["x"] + region["width"]].sum())


@pytest.fixture
def morph_window(
    root: Path, open_window: Callable, save_scene: Callable, python_that_runs: Callable, tmp_path: Path
) -> MorphWindow:
    """The window with its worker chosen, and settings that are quick and follow no artist's click."""
    window = open_window(save_scene(tmp_path / "keys.blend", SCENE))
    quick_worker = python_that_runs(root / "tests/quick_worker.py")
    window.run(
        f"{PREFERENCES}.worker_python = {str(quick_worker)!r}\n"
        "settings = bpy.context.scene.neural_shapes_morph\n"
        "settings.mode, settings.easing = 'blend', 'CUBIC'\n"
        "playback = bpy.context.scene.neural_shapes_playback\n"
        "playback.draft_resolution, playback.full_resolution = 24, 48"
    )
    window.open_sidebar("Neural Shapes")
    return MorphWindow(window)


def test_keys_become_a_morph_that_is_scrubbed_judged_baked_played_and_retrained(
    morph_window: MorphWindow, tmp_path: Path
) -> None:
    window = morph_window.window
    morph_window.key("Ball", FIRST)
    morph_window.key("Box", LAST)
    window.picture("morph-0-keyed")
    window.click(*window.find_button("neural_shapes.train_morph"))
    window.wait_until("'Ball to Box Neural' in bpy.data.objects", WORK_SECONDS)
    window.run("for name in ('Ball', 'Box'): bpy.data.objects[name].hide_set(True)")

    scrub(morph_window)
    ease(morph_window)
    plot(morph_window)
    bake(morph_window, tmp_path / "frames")
    play(morph_window)
    retrain(morph_window)


def scrub(morph_window: MorphWindow) -> None:
    """The mesh follows the arrow keys by the easing that was picked, and late results do not undo that."""
    window = morph_window.window
    morph_window.wait_reach(MORPH, HALF_SIDE)
    window.picture("morph-1-last-key")
    window.hover_viewport()
    for frame in range(LAST - 1, FIRST - 1, -1):
        window.press("Left")
        window.wait_until(f"bpy.context.scene.frame_current == {frame}", 10)
    morph_window.wait_reach(MORPH, RADIUS)
    window.picture("morph-2-first-key")
    window.run(f"bpy.context.scene.frame_set({(FIRST + LAST) // 2})")
    # A cubic ease-in is at an eighth half-way, where a line would be at a half.
    assert window.value(f"{MORPH}.neural_shapes.time") == pytest.approx(1 / 8, abs=1e-3)
    # The surface that the training's end asked for is of the last key, and takes longer than scrubbing.
    window.wait_until(f"not {JOBS}.active", WORK_SECONDS)
    morph_window.wait_reach(MORPH, 7 / 8 * RADIUS + HALF_SIDE / 8)


def ease(morph_window: MorphWindow) -> None:
    """Another interpolation of the keys, from the Graph Editor's menu, moves the mesh without training."""
    window = morph_window.window
    uuid = window.value(f"{SHAPE_UUID}({MORPH})")
    window.move(*window.run(GRAPH_EDITOR))
    window.wait_drawn()
    window.press("a", "t")
    window.wait_drawn()
    window.picture("morph-3-easing")
    window.press("l")
    window.wait_drawn()
    window.run(VIEWPORT_AGAIN)
    window.open_sidebar("Neural Shapes")
    window.wait_until(f"abs({MORPH}.neural_shapes.time - 0.5) < 1e-3", 10)
    morph_window.wait_reach(MORPH, (RADIUS + HALF_SIDE) / 2)
    assert window.value(f"{SHAPE_UUID}({MORPH})") == uuid


def plot(morph_window: MorphWindow) -> None:
    """The plot's switch draws it over the viewport."""
    window = morph_window.window
    before = window.picture("morph-3-without-plot")
    window.click(*window.find_switch("neural_shapes_plot.enabled"))
    window.wait_until("bpy.context.scene.neural_shapes_plot.enabled", 10)
    window.redraw()
    assert morph_window.changed_pixels(before, window.picture("morph-4-plot")) > PLOT_PIXELS


def bake(morph_window: MorphWindow, folder: Path) -> None:
    """Bake Morph writes its frames and adds the object that plays them."""
    window = morph_window.window
    window.run(
        f"baking = {MORPH}.neural_shapes_bake\n"
        f"baking.resolution, baking.step, baking.folder = 32, {BAKE_STEP}, {str(folder)!r}"
    )
    window.open_panel_below(window.find_property("neural_shapes_playback.cache_megabytes"))
    window.click(*window.find_button("neural_shapes.bake_morph"))
    window.wait_until("'Ball to Box Neural Baked' in bpy.data.objects", WORK_SECONDS)
    window.picture("morph-5-baked")
    assert len(list(folder.glob("*.ply"))) == (LAST - FIRST) // BAKE_STEP + 1


def play(morph_window: MorphWindow) -> None:
    """The space key plays the bake: the frames go on, and the baked mesh with them."""
    window = morph_window.window
    for frame, expected in ((FIRST, RADIUS), (LAST, HALF_SIDE)):
        window.run(f"bpy.context.scene.frame_set({frame})")
        assert morph_window.reach(BAKED) == pytest.approx(expected, abs=NEAR)
    window.hover_viewport()
    window.press("space")
    window.wait_until("bpy.context.screen.is_animation_playing", 10)
    frames, reaches = set(), set()
    end = time.monotonic() + FOLLOW_SECONDS
    while len(frames) < 5 or len(reaches) < 3:
        assert time.monotonic() < end, f"playback showed frames {sorted(frames)}"
        frames.add(window.value("bpy.context.scene.frame_current"))
        reaches.add(round(morph_window.reach(BAKED), 3))
    window.picture("morph-6-playing")
    window.press("space")
    window.wait_until("not bpy.context.screen.is_animation_playing", 10)


def retrain(morph_window: MorphWindow) -> None:
    """The button beside a key trains its segment anew; the curve and the bake's object stay."""
    window = morph_window.window
    window.run(ACTIVATE.format(name="Ball to Box Neural"))
    window.redraw()
    uuid = f"{SHAPE_UUID}({MORPH})"
    before = window.value(uuid)
    window.scroll_sidebar(-100)
    window.click(*window.find_button_at_end("bpy.ops.neural_shapes.retrain_morph(segment=0)"))
    window.wait_until(f"{uuid} != {before!r}", WORK_SECONDS)
    assert window.value(f"{MORPH}.neural_shapes.time") is not None
    assert window.value("'Ball to Box Neural Baked' in bpy.data.objects")
    window.picture("morph-7-retrained")
