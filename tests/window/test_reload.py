"""What was saved outlives the worker and the extension: without torch, disabled and enabled, and removed."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

EXTENSION = "bl_ext.user_default.neural_shapes"
SESSION = f"__import__('{EXTENSION}.session', fromlist=['environment', 'preview', 'worker'])"
PREVIEW, ENVIRONMENT = f"{SESSION}.preview.preview", f"{SESSION}.environment.environment"
PYTHON_VARIABLE = "NEURAL_SHAPES_WORKER_PYTHON"
REFINED_SECONDS = 90
ARRIVAL_SECONDS = 120
ENDED_SECONDS = 60
FRAMES = (1, 3, 5)
HEADER_PIXELS = 60
# Small enough for all panels to fit into the sidebar.
UI_SCALE = 0.7

# A red neural torus, a blue torus of few faces at a neural one that has no mesh, and above them a neural one
# that swells. Flat light keeps the colours pure.
SCENE = """
import bpy, importlib
bpy.data.batch_remove(bpy.data.objects)
shape_file = importlib.import_module('{extension}.core.shape_file')
neural_shape = importlib.import_module('{extension}.scene.neural_shape')
time_curve = importlib.import_module('{extension}.scene.time_curve')
for name, file, place in (
    ('Torus', 'residual', (-1, 0, 0)),
    ('Detail', 'residual', (1, 0, 0)),
    ('Morph', 'space_time', (0, 0, 1.2)),
):
    holder = bpy.data.objects.new(name, bpy.data.meshes.new(name))
    holder.location = place
    bpy.context.scene.collection.objects.link(holder)
    neural_shape.store(holder, shape_file.load('{shapes}/' + file + '.safetensors'))
bpy.ops.mesh.primitive_torus_add(
    location=(1, 0, 0), major_segments=16, minor_segments=8, major_radius=0.55, minor_radius=0.25
)
low = bpy.context.object
low.name, low.color = 'Low', (0, 0, 1, 1)
bpy.ops.object.shade_smooth()
morph = bpy.data.objects['Morph']
bpy.data.objects['Torus'].color = (1, 0, 0, 1)
time_curve.key_times(morph, [(1, 0.0), (5, 1.0)], 'LINEAR')
morph.neural_shapes_bake.resolution = 24
scene = bpy.context.scene
scene.frame_start, scene.frame_end = 1, 5
scene.neural_shapes_mapping.mapping.detail = 'Detail'
for screen in bpy.data.screens:
    for area in screen.areas:
        if area.type == 'VIEW_3D':
            shading = area.spaces.active.shading
            shading.type, shading.light, shading.color_type = 'SOLID', 'FLAT', 'OBJECT'
            area.spaces.active.overlay.show_overlays = area.spaces.active.show_gizmo = False
            area.spaces.active.show_region_toolbar = False
bpy.ops.wm.save_as_mainfile(filepath={path!r})
"""

LOOK = """
from mathutils import Euler
area = next(a for a in bpy.context.window.screen.areas if a.type == 'VIEW_3D')
view = area.spaces.active.region_3d
view.view_perspective, view.view_distance, view.view_location = 'PERSP', 8.0, (0, 0, 0.5)
view.view_rotation = Euler((1.1, 0, 0)).to_quaternion()
area.tag_redraw()
"""

ACTIVATE = """
bpy.ops.object.select_all(action='DESELECT')
bpy.context.view_layer.objects.active = bpy.data.objects[{name!r}]
bpy.data.objects[{name!r}].select_set(True)
"""

NORMALS = "[tuple(n.vector) for n in bpy.data.objects['Low'].data.corner_normals]"

SHOWN_VERTICES = """
bpy.context.scene.frame_set({frame})
shown = bpy.data.objects['Morph Baked'].evaluated_get(bpy.context.evaluated_depsgraph_get()).data
result = [list(vertex.co) for vertex in shown.vertices]
"""

REMOVE = """
repositories = bpy.context.preferences.extensions.repos
index = next(i for i, found in enumerate(repositories) if found.module == 'user_default')
bpy.ops.extensions.package_uninstall(repo_index=index, pkg_id='neural_shapes')
"""

# Handlers and timers by the modules that their functions come from, types and properties by their names.
LEFTOVERS = f"""
import gc, types
def is_ours(found):
    return str(getattr(found, '__module__', '')).startswith('{EXTENSION}')
events = [getattr(bpy.app.handlers, event) for event in dir(bpy.app.handlers)]
result = [repr(found) for event in events if isinstance(event, list) for found in event if is_ours(found)]
result += [
    repr(found) for found in gc.get_objects()
    if isinstance(found, types.FunctionType) and is_ours(found) and bpy.app.timers.is_registered(found)
]
for kind in (bpy.types, bpy.types.Scene, bpy.types.Object, bpy.types.WindowManager):
    result += [name for name in dir(kind) if name.lower().replace('_', '').startswith('neuralshapes')]
result += dir(bpy.ops.neural_shapes)
"""


@dataclass(frozen=True)
class Work:
    """The file that an artist saved, and what there was to see: pixels, corner normals, baked frames."""

    file: Path
    pixels: dict[str, int]
    normals: list[list[float]]
    frames: list[list[list[float]]]


def pixels(window, name: str) -> dict[str, int]:
    """How many pixels of the viewport have each object's colour."""
    picture, region = window.picture(f"reload-{name}"), window.region("WINDOW")
    image = np.asarray(Image.open(picture).convert("RGB")).astype(int)
    top = image.shape[0] - region["y"] - region["height"]
    below_header = slice(top + HEADER_PIXELS, top + region["height"])
    shown = image[below_header, region["x"] : region["x"] + region["width"]]
    found = {}
    for index, colour in enumerate(("red", "green", "blue")):
        others = np.delete(shown, index, axis=-1).max(axis=-1)
        found[colour] = int((shown[..., index] > 100 + others).sum())
    return found


def wait_refined(window) -> None:
    window.wait_until(f"{PREVIEW}.has_picture and not {PREVIEW}.is_refining", REFINED_SECONDS)


def frames(window) -> list[list[list[float]]]:
    """The vertices that the bake shows at each frame."""
    found = [window.run(SHOWN_VERTICES.format(frame=frame)) for frame in FRAMES]
    window.run(f"bpy.context.scene.frame_set({FRAMES[0]})")
    return found


def children(window) -> list[str]:
    """The processes that Blender has started and that have not ended (Linux)."""
    threads = Path(f"/proc/{window.process.pid}/task").iterdir()
    return [child for thread in threads for child in (thread / "children").read_text().split()]


def wait_without_children(window) -> None:
    end = time.monotonic() + ENDED_SECONDS
    while children(window):
        assert time.monotonic() < end
        time.sleep(0.1)


def close(window) -> None:
    window.process.terminate()
    window.process.wait(timeout=ENDED_SECONDS)


def shows_baked_frames_and_normals(window, work: Work, name: str) -> None:
    """Whether the bake plays and Low has its normals, as they were saved."""
    shown = frames(window)
    assert shown == work.frames
    assert len({len(vertices) for vertices in shown}) > 1
    assert window.value(NORMALS) == work.normals
    first = pixels(window, f"{name}-first-frame")
    window.run(f"bpy.context.scene.frame_set({FRAMES[-1]})")
    last = pixels(window, f"{name}-last-frame")
    window.run(f"bpy.context.scene.frame_set({FRAMES[0]})")
    for colour in ("green", "blue"):
        assert first[colour] == pytest.approx(work.pixels[colour], rel=0.01)
    assert last["green"] > 1.1 * first["green"]


@pytest.fixture
def scene_file(root: Path, save_scene: Callable, tmp_path: Path) -> Path:
    shapes = root / "tests/viewport/shapes"
    return save_scene(tmp_path / "scene.blend", SCENE, extension=EXTENSION, shapes=shapes)


@pytest.fixture
def do_work(scene_file: Path, tmp_path: Path) -> Callable[..., Work]:
    """Opens the scene in a window, previews a shape, transfers normals, bakes a morph, and saves."""

    def in_window(window) -> Work:
        window.run(f"bpy.ops.wm.open_mainfile(filepath={str(scene_file)!r})")
        window.run(LOOK + f"bpy.context.preferences.view.ui_scale = {UI_SCALE}")
        window.open_sidebar("Neural Shapes")
        window.run(ACTIVATE.format(name="Torus"))
        window.redraw()
        window.click(*window.find_button("neural_shapes.toggle_preview"))
        window.run(ACTIVATE.format(name="Low"))
        window.redraw()
        window.click(*window.find_button("neural_shapes.transfer_normals"))
        window.wait_until("'custom_normal' in bpy.data.objects['Low'].data.attributes", ARRIVAL_SECONDS)
        window.run(ACTIVATE.format(name="Morph") + "bpy.ops.neural_shapes.bake_morph()")
        window.wait_until("'Morph Baked' in bpy.data.objects", ARRIVAL_SECONDS)
        window.run("bpy.data.objects['Morph Baked'].color = (0, 1, 0, 1)")
        wait_refined(window)
        saved = tmp_path / "saved.blend"
        window.run(f"bpy.ops.wm.save_as_mainfile(filepath={str(saved)!r})")
        return Work(saved, pixels(window, "saved"), window.value(NORMALS), frames(window))

    return in_window


def test_without_a_worker_the_preview_baked_frames_and_normals_are_there(
    open_window: Callable, do_work: Callable, blender_environment: dict[str, str]
) -> None:
    window = open_window()
    work = do_work(window)
    assert min(work.pixels.values()) > 2000
    close(window)

    window = open_window(work.file, environment={**blender_environment, PYTHON_VARIABLE: "/nowhere/python"})
    assert "no Python at /nowhere/python" in window.value(f"{ENVIRONMENT}.missing")
    wait_refined(window)
    assert pixels(window, "without-worker")["red"] == pytest.approx(work.pixels["red"], rel=0.01)
    shows_baked_frames_and_normals(window, work, "without-worker")
    assert window.value(f"{PREVIEW}.reason_off") == ""
    assert not window.value("'torch' in __import__('sys').modules")
    assert children(window) == []


def test_disabled_the_extension_leaves_nothing_behind_and_enabled_it_goes_on(
    open_window: Callable, do_work: Callable
) -> None:
    window = open_window()
    work = do_work(window)
    assert children(window) != []
    # At one go: the frames ahead are asked for as soon as nothing else is worked on.
    check = "bool(bpy.ops.neural_shapes.check_environment())"
    window.wait_until(f"{SESSION}.worker.jobs.idle and {check}", ARRIVAL_SECONDS)
    window.run(f"bpy.ops.preferences.addon_disable(module={EXTENSION!r})")
    assert window.run(LEFTOVERS) == []
    assert pixels(window, "disabled")["red"] == 0
    shows_baked_frames_and_normals(window, work, "disabled")
    wait_without_children(window)

    window.run(f"bpy.ops.preferences.addon_enable(module={EXTENSION!r})")
    wait_refined(window)
    assert pixels(window, "enabled")["red"] == pytest.approx(work.pixels["red"], rel=0.01)
    window.run(ACTIVATE.format(name="Low") + "bpy.ops.neural_shapes.restore_normals()")
    assert window.value(NORMALS) != work.normals
    window.run("bpy.ops.neural_shapes.transfer_normals()")
    window.wait_until("'custom_normal' in bpy.data.objects['Low'].data.attributes", ARRIVAL_SECONDS)
    assert window.value(NORMALS) == work.normals


def test_removed_the_extension_leaves_baked_frames_and_normals(
    open_window: Callable, do_work: Callable, blender_environment: dict[str, str], tmp_path: Path
) -> None:
    resources = tmp_path / "resources"
    shutil.copytree(blender_environment["BLENDER_USER_RESOURCES"], resources)
    environment = {**blender_environment, "BLENDER_USER_RESOURCES": str(resources)}
    window = open_window(environment=environment)
    work = do_work(window)
    installed = Path(window.value(f"str({SESSION}.environment.folder())"))
    installed.mkdir(parents=True)
    window.run(REMOVE)
    assert window.run(LEFTOVERS) == []
    assert not list(resources.rglob("neural_shapes"))
    shows_baked_frames_and_normals(window, work, "removed")
    close(window)

    window = open_window(work.file, environment=environment)
    assert not window.value(f"{EXTENSION!r} in __import__('sys').modules")
    shows_baked_frames_and_normals(window, work, "reopened")
    assert pixels(window, "reopened")["red"] == 0
