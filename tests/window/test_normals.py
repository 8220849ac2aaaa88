"""Detail on a low-poly mesh as an artist does it: transfer, restore, bake, cancel and undo, by clicks."""

from collections.abc import Callable
from pathlib import Path

import pytest

EXTENSION = "bl_ext.user_default.neural_shapes"
ARRIVAL_SECONDS = 120
# Small enough for all panels to fit into the sidebar.
UI_SCALE = 0.7
MAP_SIZE = 256
# Long enough under way to be cancelled.
LARGE_MAP_SIZE = 8192

# A wavy neural torus, and a smooth-shaded torus of few faces on its surface, unwrapped and selected.
SCENE = """
import bpy, importlib
bpy.data.batch_remove(bpy.data.objects)
shape_file = importlib.import_module('{extension}.core.shape_file')
neural_shape = importlib.import_module('{extension}.scene.neural_shape')
shape = bpy.data.objects.new('Shape', bpy.data.meshes.new('Shape'))
bpy.context.scene.collection.objects.link(shape)
neural_shape.store(shape, shape_file.load({shape!r}))
bpy.ops.mesh.primitive_torus_add(
    major_segments=16, minor_segments=8, major_radius=0.55, minor_radius=0.25, generate_uvs=True
)
bpy.context.object.name = 'Low'
bpy.ops.object.shade_smooth()
bpy.context.scene.neural_shapes_mapping.mapping.detail = shape.name
bpy.context.scene.neural_shapes_mapping.baking.width = {size}
bpy.context.scene.neural_shapes_mapping.baking.height = {size}
bpy.context.preferences.view.ui_scale = {scale}
bpy.ops.wm.save_as_mainfile(filepath={path!r})
"""

NORMALS = "[tuple(n.vector) for n in bpy.data.objects['Low'].data.corner_normals]"
ATTRIBUTES = "sorted(bpy.data.objects['Low'].data.attributes.keys())"
IS_TRANSFERRED = "'custom_normal' in bpy.data.objects['Low'].data.attributes"
IMAGES = "sorted(bpy.data.images.keys())"
MATERIALS = "[slot.name for slot in bpy.data.objects['Low'].material_slots]"
JOBS = f"__import__('{EXTENSION}.session.worker', fromlist=['jobs']).jobs"


@pytest.fixture
def window(root: Path, save_scene: Callable, open_window: Callable, tmp_path: Path):
    """A window on the torus, with the sidebar open."""
    shape = str(root / "tests/viewport/shapes/residual.safetensors")
    values = {"extension": EXTENSION, "shape": shape, "size": MAP_SIZE, "scale": UI_SCALE}
    window = open_window(save_scene(tmp_path / "low.blend", SCENE, **values))
    window.run(f"bpy.context.preferences.view.ui_scale = {UI_SCALE}")
    window.open_sidebar("Neural Shapes")
    return window


def test_normals_are_transferred_restored_undone_and_redone(window) -> None:
    own, attributes = window.value(NORMALS), window.value(ATTRIBUTES)
    window.picture("normals-0-before")
    window.click(*window.find_button("neural_shapes.transfer_normals"))
    window.wait_until(IS_TRANSFERRED, ARRIVAL_SECONDS)
    transferred = window.value(NORMALS)
    assert transferred != own
    window.picture("normals-1-transferred")

    window.click(*window.find_button("neural_shapes.restore_normals"))
    window.wait_until(f"not ({IS_TRANSFERRED})", 10)
    assert window.value(NORMALS) == own
    assert window.value(ATTRIBUTES) == attributes

    window.hover_viewport()
    window.press("ctrl+z")
    window.wait_until(IS_TRANSFERRED, 10)
    assert window.value(NORMALS) == transferred
    window.press("ctrl+z")
    window.wait_until(f"not ({IS_TRANSFERRED})", 10)
    assert window.value(NORMALS) == own


def test_a_map_is_baked_and_undone_and_a_cancelled_one_leaves_nothing(window) -> None:
    images = window.value(IMAGES)
    window.click(*window.find_button("neural_shapes.bake_map"))
    window.wait_until("'Low Normal' in bpy.data.images", ARRIVAL_SECONDS)
    assert tuple(window.value("list(bpy.data.images['Low Normal'].size)")) == (MAP_SIZE, MAP_SIZE)
    assert window.value(MATERIALS) == ["Low"]
    window.picture("normals-2-baked")

    window.hover_viewport()
    window.press("ctrl+z")
    window.wait_until("'Low Normal' not in bpy.data.images", 10)
    assert window.value(IMAGES) == images
    assert window.value(MATERIALS) == []

    window.run(
        "settings = bpy.context.scene.neural_shapes_mapping.baking\n"
        f"settings.width = settings.height = {LARGE_MAP_SIZE}"
    )
    window.click(*window.find_button("neural_shapes.bake_map"))
    window.wait_until(f"any(job.progress.get('share', 0) > 0 for job in {JOBS}.active)", ARRIVAL_SECONDS)
    window.picture("normals-3-baking")
    window.run("bpy.ops.neural_shapes.cancel()")
    window.wait_until(f"not {JOBS}.active", ARRIVAL_SECONDS)
    assert window.value(IMAGES) == images
    assert window.value(MATERIALS) == []
