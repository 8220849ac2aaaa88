"""A bake is played by Blender's own nodes: every frame, also out of order, between frames and blurred."""

import subprocess
import sys
from pathlib import Path

import bpy
import numpy as np
import pytest
from neural_shapes.core import shape_file
from neural_shapes.core.frames.frame_files import frame_path
from neural_shapes.core.frames.mesh_frame import MeshFrame

SPEED = 0.5
FRAMES = range(1, 6)
# Pixels of a square of one unit, seen in a picture of 64 that is 4 units wide.
SQUARE = 16


def square(frame: int) -> MeshFrame:
    """A unit square of 1, 4 or 9 cells, which is in the middle at frame 3 and moves along x."""
    cells = 1 + frame % 3
    steps = np.arange(cells + 1) / cells - 0.5
    x, y = (axis.ravel() for axis in np.meshgrid(steps, steps))
    first = (np.arange(cells)[:, None] * (cells + 1) + np.arange(cells)).ravel()
    quads = first[:, None] + [0, 1, cells + 2, cells + 1]
    vertices = np.stack([x + SPEED * (frame - 3), y, 0 * x], axis=1)
    return MeshFrame(
        vertices,
        np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]),
        np.tile([0.0, 0.6, 0.8], (len(x), 1)),
        np.tile([SPEED, 0.0, 0.0], (len(x), 1)),
        colours=np.stack([0.2 + 0 * x, 0.5 + x / 2, 0 * x, 1 + 0 * x], axis=1),
        uvs=np.stack([x, y], axis=1),
        materials=(x > -0.01).astype(int),
    )


@pytest.fixture
def frames(tmp_path) -> Path:
    """A folder with five frames, whose name has what nodes could misunderstand."""
    folder = tmp_path / "the {frames} of a bake"
    folder.mkdir()
    for frame in FRAMES:
        frame_path(folder, frame).write_bytes(square(frame).to_bytes({}))
    return folder


@pytest.fixture
def morph(blender, root):
    """An object with a morph, standing at y = 2, with two materials that shine in red and in green."""
    from neural_shapes.scene import neural_shape

    found = blender.data.objects.new("Morph", blender.data.meshes.new("Morph"))
    neural_shape.store(found, shape_file.load(root / "tests/viewport/shapes/space_time.safetensors"))
    blender.context.collection.objects.link(found)
    found.location.y = 2
    for colour in ((1, 0, 0, 1), (0, 1, 0, 1)):
        found.data.materials.append(shining(blender, colour))
    found.select_set(True)
    blender.context.view_layer.objects.active = found
    blender.context.scene.render.fps = 24
    return found


def shining(bpy, colour):
    material = bpy.data.materials.new("Shining")
    if bpy.app.version < (5, 0):
        material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()
    emission, output = (tree.nodes.new(f"ShaderNode{kind}") for kind in ("Emission", "OutputMaterial"))
    emission.inputs["Color"].default_value = colour
    tree.links.new(emission.outputs[0], output.inputs[0])
    return material


def play(morph, folder, first=1, last=5, step=1):
    from neural_shapes.scene.baked_nodes import BakedRange
    from neural_shapes.scene.baked_object import Bake, play_bake

    bake = Bake(str(folder), BakedRange(first, last, step), "Paint", "Map")
    return play_bake(morph, bake, bpy.context.view_layer)


def shown(baked, frame: float):
    """The mesh that Blender shows at a frame."""
    bpy.context.scene.frame_set(int(frame // 1), subframe=frame % 1)
    return baked.evaluated_get(bpy.context.evaluated_depsgraph_get()).data


def values(mesh, name: str) -> np.ndarray:
    data = mesh.attributes[name].data
    kind, width = {"FLOAT_VECTOR": ("vector", 3), "FLOAT_COLOR": ("color", 4), "FLOAT2": ("vector", 2)}[
        mesh.attributes[name].data_type
    ]
    found = np.empty(len(data) * width, dtype=np.float32)
    data.foreach_get(kind, found)
    return found.reshape(-1, width)


@pytest.mark.parametrize(
    ("frames_in_turn", "files", "moved"),
    [
        ((1, 2, 3, 4, 5), (1, 2, 3, 4, 5), (0, 0, 0, 0, 0)),
        ((5, 1, 4, 2), (5, 1, 4, 2), (0, 0, 0, 0)),
        ((-7, 0.5, 6, 99.25), (1, 1, 5, 5), (0, 0, 0, 0)),
        ((3.25, 2.75, 3.75, 2.25), (3, 3, 4, 2), (0.25, -0.25, -0.25, 0.25)),
    ],
    ids=["forwards", "out of order", "out of range", "between frames"],
)
def test_every_frame_shows_its_file(morph, frames, frames_in_turn, files, moved):
    """Between frames the nearest one is shown, moved on along its velocity; outside the range it stands."""
    baked = play(morph, frames)
    for frame, file, way in zip(frames_in_turn, files, moved, strict=True):
        mesh, expected = shown(baked, frame), square(file)
        place = expected.vertices + way * expected.velocity
        np.testing.assert_allclose(values(mesh, "position"), place, atol=1e-6)
        corners = np.empty(len(mesh.loops), dtype=np.int32)
        mesh.loops.foreach_get("vertex_index", corners)
        np.testing.assert_array_equal(corners.reshape(-1, 3), expected.faces)
        normals = np.empty((len(mesh.loops), 3), dtype=np.float32)
        mesh.corner_normals.foreach_get("vector", normals.reshape(-1))
        speed = 24 * SPEED * (1 <= frame <= 5)
        np.testing.assert_allclose(values(mesh, "velocity")[:, 0], speed, rtol=1e-5)
        np.testing.assert_allclose(normals, expected.normals[corners], atol=1e-6)


def test_a_bake_of_every_second_frame_is_exact_there_and_moves_between(morph, frames):
    frame_path(frames, 2).unlink()
    frame_path(frames, 4).unlink()
    baked = play(morph, frames, step=2)
    for frame in (1, 2, 3, 4, 5, 6):
        left = values(shown(baked, frame), "position")[:, 0].min()
        assert left == pytest.approx(SPEED * (min(frame, 5) - 3) - 0.5)


def test_velocity_takes_a_frame_to_the_next_at_any_frame_rate(morph, frames):
    baked = play(morph, frames)
    render = bpy.context.scene.render
    # A node of ours that were Python would not run here.
    assert not bpy.context.preferences.filepaths.use_scripts_auto_execute
    for fps, base in ((24, 1.0), (50, 1.0), (30, 1.001)):
        render.fps, render.fps_base = fps, base
        mesh = shown(baked, 2)
        then = values(mesh, "position") + values(mesh, "velocity") * base / fps
        assert then[:, 0].min() == pytest.approx(values(shown(baked, 3), "position")[:, 0].min(), abs=1e-6)


def test_materials_colours_and_uvs_are_there_and_nothing_else_is(morph, frames):
    mesh, expected = shown(play(morph, frames), 4), square(4)
    assert [material.name for material in mesh.materials] == ["Shining", "Shining.001"]
    indices = [polygon.material_index for polygon in mesh.polygons]
    assert indices == expected.materials[expected.faces[:, 0]].tolist()
    assert set(indices) == {0, 1}
    np.testing.assert_allclose(values(mesh, "Paint"), expected.colours, atol=1e-6)
    np.testing.assert_allclose(values(mesh, "Map"), expected.uvs[expected.faces.ravel()], atol=1e-6)
    # Materials that name none take the active ones.
    assert (mesh.color_attributes.active_color.name, mesh.uv_layers.active.name) == ("Col", "UVMap")
    named = {name for name in mesh.attributes.keys() if not name.startswith(".")}  # noqa: SIM118
    ours = {"position", "velocity", "Col", "Paint", "UVMap", "Map"}
    assert named - ours <= {"material_index", "custom_normal", "sharp_edge"}


def test_the_bake_takes_the_place_of_the_morph_and_gives_it_back(morph, frames):
    from neural_shapes.scene.baked_object import bake_of, is_bake, morph_of, remove_bake

    view_layer = bpy.context.view_layer
    baked = play(morph, frames)
    assert bake_of(morph) == baked
    assert (is_bake(baked), is_bake(morph), morph_of(baked), morph_of(morph)) == (True, False, morph, morph)
    assert (morph.hide_render, morph.visible_get(), baked.hide_render, baked.visible_get()) == (
        True, False, False, True,
    )  # fmt: skip
    assert view_layer.objects.active == baked
    assert list(baked.users_collection) == list(morph.users_collection)
    morph.location.x = 7
    view_layer.update()
    assert tuple(baked.matrix_world.translation) == (7, 2, 0)
    played = baked.neural_shapes_played_bake
    assert (played.first, played.last, played.step) == (1, 5, 1)
    assert play(morph, frames, last=3) == baked
    assert (len(bpy.data.node_groups), len(baked.modifiers), played.last) == (1, 1, 3)
    remove_bake(baked, view_layer)
    assert (morph.hide_render, morph.visible_get(), view_layer.objects.active) == (False, True, morph)
    assert (list(bpy.data.objects), list(bpy.data.node_groups), list(bpy.data.meshes)) == (
        [morph], [], [morph.data],
    )  # fmt: skip
    assert len(list(frames.iterdir())) == 5


PLAYS_WITHOUT_US = """
import sys
import bpy
bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
assert "neural_shapes" not in sys.modules
for frame in (5, 2):
    bpy.context.scene.frame_set(frame)
    mesh = bpy.data.objects["Morph Baked"].evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    print(len(mesh.vertices), min(vertex.co.x for vertex in mesh.vertices), mesh.materials[1].name)
"""


def test_a_moved_file_plays_in_a_blender_without_neural_shapes(morph, frames, tmp_path):
    path = tmp_path / "scene.blend"
    play(morph, f"//{frames.name}")
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    moved = tmp_path.with_name(tmp_path.name + "_moved")
    tmp_path.rename(moved)
    command = [sys.executable, "-c", PLAYS_WITHOUT_US, str(moved / path.name)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    moved.rename(tmp_path)
    assert printed[-2:] == ["16 0.5 Shining.001", "16 -1.0 Shining.001"]


@pytest.fixture
def picture(blender, morph, tmp_path):
    """Renders the scene with Cycles from above: (64, 64, 3) in linear light, row 0 at the bottom."""
    scene = blender.context.scene
    camera = blender.data.objects.new("Camera", blender.data.cameras.new("Camera"))
    scene.collection.objects.link(camera)
    camera.location = (0, 2, 5)
    camera.data.type, camera.data.ortho_scale = "ORTHO", 4
    scene.camera = camera
    scene.render.engine, scene.cycles.device, scene.cycles.samples = "CYCLES", "CPU", 16
    scene.render.resolution_x = scene.render.resolution_y = 64
    scene.view_settings.view_transform = "Raw"
    scene.render.filepath = str(tmp_path / "picture.png")

    def render(frame: int) -> np.ndarray:
        scene.frame_set(frame)
        blender.ops.render.render(write_still=True)
        image = blender.data.images.load(scene.render.filepath)
        pixels = np.array(image.pixels).reshape(64, 64, 4)[..., :3]
        blender.data.images.remove(image)
        return pixels

    return render


def test_cycles_renders_the_bake_in_its_materials_with_motion_blur_and_no_handler(
    blender, morph, frames, picture
):
    play(morph, frames)
    handlers = blender.app.handlers
    kept = {name: list(getattr(handlers, name)) for name in ("frame_change_pre", "frame_change_post")}
    for name in kept:
        getattr(handlers, name).clear()
    sharp = picture(3)
    # A square in the middle, whose two faces begin at its left lower corner.
    covered = sharp.sum(axis=2) > 0.5
    assert covered.sum() == pytest.approx(SQUARE**2, rel=0.15)
    assert sharp[28, 28] == pytest.approx([1, 0, 0], abs=0.01)
    blender.context.scene.render.use_motion_blur = True
    blender.context.scene.render.motion_blur_shutter = 1.0
    blurred = picture(3)
    for name, listed in kept.items():
        getattr(handlers, name).extend(listed)
    # Over a whole frame it moves by half a unit, 8 pixels: 4 to each side of where it is.
    profiles = [image[28].sum(axis=1) for image in (sharp, blurred)]
    assert [(profile > 0.02).sum() for profile in profiles] == pytest.approx([SQUARE, SQUARE + 8], abs=2)
    assert profiles[1].sum() == pytest.approx(profiles[0].sum(), rel=0.1)
    assert ((profiles[1] > 0.1) & (profiles[1] < 0.9)).sum() >= 10
