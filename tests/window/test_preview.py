"""The preview as an artist meets it: switched on by a click, hiding and hidden, kept, undone, trained."""

import colorsys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

EXTENSION = "bl_ext.user_default.neural_shapes"
PREVIEW = f"__import__('{EXTENSION}.session.preview', fromlist=['preview']).preview"
FIRST_PICTURE_SECONDS = 6
REFINED_SECONDS = 90
TRAINING_SECONDS = 20
ARRIVAL_SECONDS = 120
# By how much of 255 a pixel's red exceeds its green and blue.
REDDISH = 20

# A red neural shape, and a blue cube that is moved along the view; flat light keeps their colours pure.
SCENE = """
import bpy, importlib
bpy.data.batch_remove(bpy.data.objects)
shape_file = importlib.import_module('{extension}.core.shape_file')
neural_shape = importlib.import_module('{extension}.scene.neural_shape')
torus = bpy.data.objects.new('Torus', bpy.data.meshes.new('Torus'))
bpy.context.scene.collection.objects.link(torus)
neural_shape.store(torus, shape_file.load({shape!r}))
torus.color = (1, 0, 0, 1)
torus.data.materials.append(bpy.data.materials.new('Red'))
torus.active_material.diffuse_color = (1, 0, 0, 1)
bpy.ops.mesh.primitive_cube_add(size=0.8, location=(0, 5, 0))
bpy.context.object.name = 'Cube'
bpy.context.object.color = (0, 0, 1, 1)
bpy.context.object.select_set(False)
bpy.context.view_layer.objects.active = torus
torus.select_set(True)
for screen in bpy.data.screens:
    for area in screen.areas:
        if area.type == 'VIEW_3D':
            shading = area.spaces.active.shading
            shading.type, shading.light, shading.color_type = 'SOLID', 'FLAT', 'OBJECT'
            area.spaces.active.overlay.show_floor = False
bpy.ops.wm.save_as_mainfile(filepath={path!r})
"""

VIEW = """
from mathutils import Euler
area = next(a for a in bpy.context.window.screen.areas if a.type == 'VIEW_3D')
view = area.spaces.active.region_3d
view.view_perspective, view.view_distance, view.view_location = 'PERSP', 6.0, (0, 0, 0)
view.view_rotation = Euler(({tilt}, 0, 0)).to_quaternion()
area.tag_redraw()
"""


class PreviewWindow:
    """A window with the red shape in it, and counts of what is red and blue on the screen."""

    def __init__(self, window) -> None:
        self.window = window

    def wait_refined(self) -> None:
        self.window.wait_until(f"{PREVIEW}.has_picture and not {PREVIEW}.is_refining", REFINED_SECONDS)

    def picture(self, name: str) -> np.ndarray:
        """Pixels (height, width, 3) of the viewport's middle, 0 to 255."""
        picture, region = self.window.picture(f"preview-{name}"), self.window.region("WINDOW")
        image = np.asarray(Image.open(picture).convert("RGB"))
        top = image.shape[0] - region["y"] - region["height"]
        # The gizmo of the axes, upper right, is red and blue too; the middle half of the viewport is without.
        left = region["x"] + region["width"] // 4
        return image[top + 60 : top + region["height"], left : left + region["width"] // 2]

    def colours(self, name: str) -> tuple[int, int]:
        """Red and blue pixels of the viewport."""
        colours, counts = np.unique(self.picture(name).reshape(-1, 3), axis=0, return_counts=True)
        hue, saturation, value = np.array([colorsys.rgb_to_hsv(*colour) for colour in colours / 255]).T
        vivid = (saturation > 0.8) & (value > 0.3)
        red = vivid & (np.abs(hue - np.round(hue)) < 0.03)
        blue = vivid & (np.abs(hue - 2 / 3) < 0.05)
        return int(counts[red].sum()), int(counts[blue].sum())

    def reddish(self, name: str) -> int:
        """Pixels of the viewport that are redder than grey: also red that is lit, or seen through."""
        red, green, blue = np.moveaxis(self.picture(name).astype(int), -1, 0)
        return int((red - np.maximum(green, blue) > REDDISH).sum())

    def shade(self, shading: str) -> None:
        self.window.run(
            "area = next(a for a in bpy.context.window.screen.areas if a.type == 'VIEW_3D')\n"
            f"area.spaces.active.shading.type = {shading!r}"
        )
        time.sleep(1)
        self.wait_refined()

    def place_cube(self, y: float) -> None:
        self.window.run(f"bpy.data.objects['Cube'].location = (0.4, {y}, 0)")

    def look(self, tilt: float = 1.5707963) -> None:
        self.window.run(VIEW.format(tilt=tilt))


@pytest.fixture
def torus_file(root: Path, save_scene: Callable, tmp_path: Path) -> Path:
    """A .blend file with the shape and the cube."""
    shape = str(root / "tests/viewport/shapes/residual.safetensors")
    return save_scene(tmp_path / "torus.blend", SCENE, extension=EXTENSION, shape=shape)


@pytest.fixture
def shown(open_window: Callable, torus_file: Path) -> Iterator[PreviewWindow]:
    """The window after the preview was switched on by its button and the first picture came."""
    window = PreviewWindow(open_window(torus_file))
    window.look()
    window.window.open_sidebar("Neural Shapes")
    window.window.click(*window.window.find_button("neural_shapes.toggle_preview"))
    window.window.wait_until(f"{PREVIEW}.has_picture", FIRST_PICTURE_SECONDS)
    window.wait_refined()
    yield window
    assert window.window.value(f"{PREVIEW}.reason_off") == ""


def test_it_hides_and_is_hidden(shown: PreviewWindow) -> None:
    alone, _ = shown.colours("alone")
    assert alone > 5000
    shown.place_cube(-2)
    in_front, cube_in_front = shown.colours("cube-in-front")
    shown.place_cube(0)
    half, cube_half = shown.colours("cube-half-inside")
    shown.place_cube(2)
    behind, cube_behind = shown.colours("cube-behind")
    assert in_front < 0.9 * alone
    assert behind == pytest.approx(alone, rel=0.01)
    assert in_front < half < 0.98 * alone
    assert cube_in_front > cube_half > cube_behind


def test_it_follows_the_view_and_the_shading(shown: PreviewWindow) -> None:
    level, _ = shown.colours("from-the-side")
    shown.look(tilt=0.0)
    time.sleep(1)
    shown.wait_refined()
    above, _ = shown.colours("from-above")
    assert above > 1.2 * level
    solid = shown.reddish("from-above")
    shown.shade("MATERIAL")
    assert shown.reddish("material") == pytest.approx(solid, rel=0.02)
    shown.shade("WIREFRAME")
    assert shown.reddish("wireframe") == pytest.approx(solid, rel=0.1)
    assert shown.colours("wireframe")[0] < 0.1 * above, "what is behind it is seen through it"


def test_it_is_kept_in_the_file_and_undone(shown: PreviewWindow, tmp_path: Path) -> None:
    before, _ = shown.colours("before-saving")
    kept = str(tmp_path / "kept.blend")
    shown.window.run(f"bpy.ops.wm.save_as_mainfile(filepath={kept!r})")
    shown.window.run("bpy.ops.wm.read_homefile(use_empty=True)")
    assert not shown.window.value(f"{PREVIEW}.has_picture")
    shown.window.run(f"bpy.ops.wm.open_mainfile(filepath={kept!r})")
    shown.look()
    time.sleep(1)
    shown.wait_refined()
    after, _ = shown.colours("reopened")
    assert after == pytest.approx(before, rel=0.005)

    shown.window.run(
        "bpy.ops.object.select_all(action='DESELECT')\n"
        "torus = bpy.data.objects['Torus']; torus.select_set(True)\n"
        "bpy.context.view_layer.objects.active = torus\n"
        "bpy.ops.object.duplicate()\n"
        "bpy.data.objects.remove(bpy.data.objects['Torus'])"
    )
    time.sleep(1)
    shown.wait_refined()
    assert shown.colours("duplicate")[0] == pytest.approx(before, rel=0.05)
    shown.window.run("bpy.ops.ed.undo_push(message='a'); bpy.context.object.location.x = 100")
    shown.window.run("bpy.ops.ed.undo_push(message='b')")
    time.sleep(1)
    assert shown.colours("moved-away")[0] == 0
    shown.window.run("bpy.ops.ed.undo()")
    time.sleep(1)
    shown.wait_refined()
    assert shown.colours("undone")[0] == pytest.approx(before, rel=0.05)


def test_a_training_is_seen_sharpening(open_window: Callable, suzanne_file: Path) -> None:
    """Different networks are seen whole while the worker trains."""
    window = open_window(suzanne_file)
    window.run(
        "settings = bpy.context.scene.neural_shapes\n"
        f"settings.training.preset, settings.training.seconds = 'draft', {TRAINING_SECONDS}\n"
        "settings.extraction.resolution = 32"
    )
    window.open_sidebar("Neural Shapes")
    window.click(*window.find_button("neural_shapes.train"))
    seen: set[str] = set()
    end = time.monotonic() + ARRIVAL_SECONDS
    while len(seen) < 3:
        assert time.monotonic() < end, f"the preview saw only {sorted(seen)}"
        seen |= set(window.value(f"list({PREVIEW}._fields) if {PREVIEW}.has_picture else []"))
        time.sleep(0.3)
    window.picture("preview-training")
    assert window.value(f"{PREVIEW}.reason_off") == ""
