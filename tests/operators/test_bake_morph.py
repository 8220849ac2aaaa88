"""Bake Morph, Export Baked Morph and Remove Bake, by their operators and on the command line."""

import json

import bpy
import numpy as np
import pytest
from neural_shapes.core import shape_file
from neural_shapes.core.fields.flow import DivergenceFreeFlow
from neural_shapes.core.fields.space_time import SpaceTimeField, TrainedSegment
from neural_shapes.core.geometry.placement import Placement
from neural_shapes.core.neural_shape import Key, NeuralShape
from neural_shapes.operators.command_line.command import run
from neural_shapes.scene import neural_shape


@pytest.fixture(scope="module")
def swelling(root) -> NeuralShape:
    """A torus whose radii are 0.5 and 0.2 + 0.1 t."""
    return shape_file.load(root / "tests/viewport/shapes/space_time.safetensors")


@pytest.fixture
def morph(shared_blender, swelling, tmp_path):
    """A saved file with a morph from frame 1 to 5, which is baked in 16 cells."""
    from neural_shapes.scene.time_curve import key_times

    bpy.ops.wm.read_homefile(use_empty=True)
    found = bpy.data.objects.new("Morph", bpy.data.meshes.new("Morph"))
    neural_shape.store(found, swelling)
    bpy.context.collection.objects.link(found)
    bpy.context.view_layer.objects.active = found
    found.select_set(True)
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, 3
    key_times(found, [(1, 0.0), (5, 1.0)], "LINEAR")
    found.neural_shapes_bake.resolution = 16
    (tmp_path / "shots").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shots" / "scene.blend"))
    return found


def sizes(holder, frames=(1, 2, 3)) -> list[tuple[int, float]]:
    """At each frame, the number of vertices that an object shows, and how far they are from the axis."""
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        mesh = holder.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
        points = np.array([holder.matrix_world @ vertex.co for vertex in mesh.vertices])
        found.append((len(points), float(np.linalg.norm(points[:, :2], axis=1).max())))
    return found


def velocities(holder, frame: int) -> np.ndarray:
    bpy.context.scene.frame_set(frame)
    data = holder.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.attributes["velocity"].data
    found = np.empty(3 * len(data), dtype=np.float32)
    data.foreach_get("vector", found)
    return found.reshape(-1, 3)


def normals(holder, frame: int) -> np.ndarray:
    """The normals at the vertices, with which a mesh is shaded at a frame, in world space."""
    bpy.context.scene.frame_set(frame)
    mesh = holder.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    at_corners = np.empty((len(mesh.loops), 3), dtype=np.float32)
    mesh.corner_normals.foreach_get("vector", at_corners.reshape(-1))
    vertices = np.empty(len(mesh.loops), dtype=np.int32)
    mesh.loops.foreach_get("vertex_index", vertices)
    found = np.empty((len(mesh.vertices), 3))
    found[vertices] = at_corners @ np.array(holder.matrix_world.to_3x3()).T
    return found


def last_object(capsys) -> dict:
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_the_scenes_frames_are_baked_beside_the_file_and_the_torus_swells(morph, tmp_path):
    assert bpy.ops.neural_shapes.bake_morph() == {"FINISHED"}
    baked = bpy.context.object
    assert (baked.name, baked.parent) == ("Morph Baked", morph)
    names = sorted(path.name for path in (tmp_path / "shots" / "Morph_frames").iterdir())
    assert names == ["frame_0001.ply", "frame_0002.ply", "frame_0003.ply"]
    assert [radius for _, radius in sizes(baked)] == pytest.approx([0.7, 0.725, 0.75], abs=0.02)
    # 0.025 a frame at 24 frames a second, outwards.
    speeds = np.linalg.norm(velocities(baked, 2), axis=1)
    assert speeds.mean() == pytest.approx(0.6, rel=0.2)
    bpy.ops.wm.save_mainfile()
    assert str(tmp_path) not in "".join(node_texts(baked))


def test_a_library_override_bakes_its_own_time(morph, tmp_path):
    from neural_shapes.scene.time_curve import key_times

    bpy.ops.wm.read_homefile(use_empty=True)
    library = str(tmp_path / "shots" / "scene.blend")
    with bpy.data.libraries.load(library, link=True) as (_, wanted):
        wanted.objects = ["Morph"]
    bpy.context.scene.collection.objects.link(wanted.objects[0])
    override = wanted.objects[0].override_create(remap_local_usages=True)
    override.animation_data.action = bpy.data.actions.new("Shot")
    key_times(override, [(1, 1.0), (3, 0.0)], "LINEAR")
    override.neural_shapes_bake.folder = "//frames"
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = 1, 3
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.context.view_layer.objects.active = override
    assert bpy.ops.neural_shapes.bake_morph() == {"FINISHED"}
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    baked = bpy.data.objects["Morph Baked"]
    assert [radius for _, radius in sizes(baked)] == pytest.approx([0.8, 0.75, 0.7], abs=0.02)
    assert baked.parent.override_library
    assert (baked.hide_render, baked.parent.hide_render) == (False, True)


def node_texts(baked) -> list[str]:
    nodes = baked.modifiers[0].node_group.nodes
    return [socket.default_value for node in nodes for socket in node.inputs if socket.type == "STRING"]


@pytest.mark.parametrize("suffix", [".abc", ".usdc"])
def test_an_exported_bake_comes_back_with_its_topology_and_velocities(morph, tmp_path, suffix):
    bpy.ops.mesh.primitive_cube_add()
    bpy.context.view_layer.objects.active = morph
    bpy.ops.neural_shapes.bake_morph()
    baked, scene = bpy.data.objects["Morph Baked"], bpy.context.scene
    baked.parent.location = (0, 0, 1)
    expected, speeds = sizes(baked), np.linalg.norm(velocities(baked, 2), axis=1)
    directions = normals(baked, 2)
    scene.frame_start, scene.frame_end = 50, 60
    scene.frame_set(55)
    selected = list(bpy.context.selected_objects)
    path = tmp_path / f"bake{suffix}"
    assert bpy.ops.neural_shapes.export_bake(filepath=str(path)) == {"FINISHED"}
    assert (scene.frame_start, scene.frame_end, scene.frame_current) == (50, 60, 55)
    assert list(bpy.context.selected_objects) == selected
    bpy.ops.wm.read_homefile(use_empty=True)
    if suffix == ".abc":
        bpy.ops.wm.alembic_import(filepath=str(path), as_background_job=False)
    else:
        bpy.ops.wm.usd_import(filepath=str(path))
    [imported] = [found for found in bpy.data.objects if found.type == "MESH"]
    found = sizes(imported)
    np.testing.assert_allclose(normals(imported, 2), directions, atol=1e-3)
    assert [count for count, _ in found] == [count for count, _ in expected]
    assert len({count for count, _ in found}) > 1
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(velocities(imported, 2), axis=1), speeds, rtol=1e-4)


def test_frames_before_0_are_exported_as_alembic_and_refused_as_usd(morph, tmp_path):
    from neural_shapes.scene.time_curve import key_times

    frames = range(-3, 0)
    key_times(morph, [(frames[0], 0.0), (frames[-1], 1.0)], "LINEAR")
    settings = morph.neural_shapes_bake
    settings.scene_frames, settings.first, settings.last = False, frames[0], frames[-1]
    bpy.ops.neural_shapes.bake_morph()
    expected = sizes(bpy.context.object, frames)
    with pytest.raises(RuntimeError, match="Blender's USD files begin at frame 0"):
        bpy.ops.neural_shapes.export_bake(filepath=str(tmp_path / "bake.usdc"))
    assert not list(tmp_path.glob("*.usdc"))
    path = tmp_path / "bake.abc"
    assert bpy.ops.neural_shapes.export_bake(filepath=str(path)) == {"FINISHED"}
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.wm.alembic_import(filepath=str(path), as_background_job=False)
    [imported] = [found for found in bpy.data.objects if found.type == "MESH"]
    np.testing.assert_allclose(sizes(imported, frames), expected, rtol=1e-5)


def test_a_file_that_cannot_be_exported_is_said_in_a_sentence(morph, tmp_path):
    bpy.ops.neural_shapes.bake_morph()
    for name, reason in (("bake.obj", "should end in .abc"), ("none/bake.abc", "could not be")):
        with pytest.raises(RuntimeError, match=reason):
            bpy.ops.neural_shapes.export_bake(filepath=str(tmp_path / name))
    bpy.context.object.hide_set(True)
    with pytest.raises(RuntimeError, match="is hidden; show it"):
        bpy.ops.neural_shapes.export_bake(filepath=str(tmp_path / "bake.abc"))
    assert not list(tmp_path.glob("*.abc"))


def test_a_removed_bake_gives_the_morph_back_and_undo_takes_that_back(morph):
    bpy.ops.ed.undo_push(message="Morph")
    bpy.ops.neural_shapes.bake_morph()
    assert bpy.ops.neural_shapes.remove_bake("EXEC_DEFAULT", True) == {"FINISHED"}
    assert [found.name for found in bpy.data.objects] == ["Morph"]
    assert bpy.context.object == bpy.data.objects["Morph"]
    assert not bpy.ops.neural_shapes.remove_bake.poll()
    bpy.ops.ed.undo()
    assert "Morph Baked" in bpy.data.objects


def test_a_bake_can_be_removed_after_the_shape_and_gives_the_object_back(morph):
    bpy.ops.neural_shapes.bake_morph()
    baked = bpy.context.object
    bpy.context.view_layer.objects.active = morph
    bpy.ops.neural_shapes.remove_shape()
    bpy.context.view_layer.objects.active = baked
    assert bpy.ops.neural_shapes.remove_bake() == {"FINISHED"}
    assert list(bpy.data.objects) == [morph]
    assert (morph.hide_render, morph.visible_get(), bpy.context.object) == (False, True, morph)


def test_a_bake_that_was_made_before_its_morph_kept_that_it_is_shown_gives_it_back(morph):
    bpy.ops.neural_shapes.bake_morph()
    morph.neural_shapes_bake.is_shown = False
    bpy.ops.neural_shapes.bake_morph()
    assert bpy.ops.neural_shapes.remove_bake() == {"FINISHED"}
    assert (morph.hide_render, morph.visible_get()) == (False, True)


def test_removing_a_bake_leaves_another_parent_than_the_morph_alone(morph):
    bpy.ops.neural_shapes.bake_morph()
    baked, rig = bpy.context.object, bpy.data.objects.new("Rig", None)
    bpy.context.collection.objects.link(rig)
    rig.hide_render = True
    rig.hide_set(True)
    baked.parent = rig
    assert bpy.ops.neural_shapes.remove_bake() == {"FINISHED"}
    assert (rig.hide_render, rig.visible_get()) == (True, False)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"folder": "//none/deeper"}, "There is no folder"),
        ({"scene_frames": False, "first": 3, "last": 1}, "The last frame, 1, comes before the first one, 3"),
        ({"carry": True}, "along a flow, which this morph has not"),
    ],
)
def test_what_cannot_be_baked_is_refused_in_a_sentence(morph, settings, reason):
    for name, value in settings.items():
        setattr(morph.neural_shapes_bake, name, value)
    with pytest.raises(RuntimeError, match=reason) as caught:
        bpy.ops.neural_shapes.bake_morph()
    assert str(caught.value).strip().count("\n") == 0
    assert "Morph Baked" not in bpy.data.objects


def test_a_file_that_was_never_saved_needs_a_folder(morph, swelling):
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.mesh.primitive_cube_add()
    with pytest.raises(RuntimeError, match="Make an object active that carries a morph"):
        bpy.ops.neural_shapes.bake_morph()
    neural_shape.store(bpy.context.object, swelling)
    with pytest.raises(RuntimeError, match="Save the file first, or choose a folder"):
        bpy.ops.neural_shapes.bake_morph()


@pytest.fixture
def painted(morph, swelling):
    """The torus as a mesh that is red for x > 0, and a morph from it that does not move but has a flow."""
    bpy.ops.mesh.primitive_torus_add(major_radius=0.5, minor_radius=0.2, generate_uvs=True)
    source = bpy.context.object
    colours = source.data.color_attributes.new("Paint", "FLOAT_COLOR", "POINT")
    for vertex, colour in zip(source.data.vertices, colours.data, strict=True):
        colour.color = (float(vertex.co.x > 0), 0.25, 0, 1)
    source.data.uv_layers.active.name = "Layout"
    from neural_shapes.scene.object_mesh import triangle_mesh

    digest = triangle_mesh(source, bpy.context.evaluated_depsgraph_get()).digest
    still = DivergenceFreeFlow(*(np.zeros(shape, np.float32) for shape in ((1, 3), (1,), (1, 1, 3))))
    field = SpaceTimeField((TrainedSegment(swelling.field, still),), (0.0, 1.0))
    key = Key(source.name, digest, Placement(), 1.0)
    neural_shape.store(morph, NeuralShape(field, Placement(), keys=(key, key)))
    bpy.context.view_layer.objects.active = morph
    morph.neural_shapes_bake.carry = True
    return source


def test_colours_and_uvs_of_the_first_mesh_are_carried_under_their_names(morph, painted):
    bpy.context.scene.frame_end = 1
    assert bpy.ops.neural_shapes.bake_morph() == {"FINISHED"}
    bpy.context.scene.frame_set(1)
    mesh = bpy.context.object.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    colours = np.array([entry.color for entry in mesh.attributes["Paint"].data])
    x = np.array([vertex.co.x for vertex in mesh.vertices])
    clear = np.abs(x) > 0.1
    np.testing.assert_array_equal(colours[clear, 0] > 0.5, x[clear] > 0)
    np.testing.assert_allclose(colours[:, 1], 0.25, atol=1e-5)
    assert "Layout" in mesh.uv_layers


@pytest.mark.parametrize(
    ("arguments", "on_object", "carried"),
    [([], True, True), ([], False, False), (["--carry"], False, True), (["--no-carry"], True, False)],
)
def test_the_command_carries_as_the_object_says_unless_told(
    morph, painted, tmp_path, arguments, on_object, carried
):
    morph.neural_shapes_bake.carry = on_object
    options = ["--object", "Morph", "-o", str(tmp_path / "frames"), "--frames", "1", *arguments]
    assert run(["bake", *options]) == 0
    bpy.context.scene.frame_set(1)
    baked = bpy.data.objects["Morph Baked"].evaluated_get(bpy.context.evaluated_depsgraph_get())
    assert ("Paint" in baked.data.attributes) == carried


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda source: bpy.data.objects.remove(source), "“Torus”, is not in this file"),
        (lambda source: setattr(source.data.vertices[0].co, "x", 3), "was edited since"),
        (lambda source: source.data.attributes.remove(source.data.attributes["Paint"]), "neither"),
    ],
    ids=["gone", "edited", "bare"],
)
def test_nothing_to_carry_is_said_in_a_sentence(morph, painted, change, reason):
    painted.data.uv_layers.remove(painted.data.uv_layers.active)
    change(painted)
    with pytest.raises(RuntimeError, match=reason):
        bpy.ops.neural_shapes.bake_morph()


def test_the_command_bakes_saves_and_goes_on(morph, tmp_path, capsys):
    folder, path = tmp_path / "frames", tmp_path / "farm.blend"
    options = ["--object", "Morph", "-o", str(folder), "--resolution", "16", "--json"]
    assert run(["bake", *options, "--frames", "2"]) == 0
    assert last_object(capsys) == {"frames": 1, "made": 1, "kept": 0}
    assert run(["bake", *options, "--frames", "1-3", "--save", str(path)]) == 0
    assert last_object(capsys) == {"frames": 3, "made": 2, "kept": 1}
    bpy.ops.wm.open_mainfile(filepath=str(path))
    baked = bpy.data.objects["Morph Baked"]
    assert "//frames/frame_{frame:04}.ply" in node_texts(baked)
    assert [radius for _, radius in sizes(baked)] == pytest.approx([0.7, 0.725, 0.75], abs=0.02)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--frames", "1-3", "--shape", "Morph"], "--shape is for maps and --frames for morphs"),
        (["--frames", "1-3", "--size", "512"], "--size is for maps"),
        (["--shape", "Morph", "--step", "2"], "--step for morphs"),
        ([], "Give --shape for a map of a shape's detail, or --frames for a morph"),
        (["--frames", "3-1"], "starts with the earlier frame"),
        (["--frames", "all"], "is a range of frames, such as 1-60"),
        (["--frames", "1", "--save", "none/out.blend"], "no folder"),
    ],
)
def test_a_command_that_cannot_be_is_one_sentence_and_writes_nothing(
    morph, tmp_path, capsys, arguments, reason
):
    before = sorted(tmp_path.rglob("*"))
    assert run(["bake", "--object", "Morph", "-o", str(tmp_path / "out"), *arguments]) == 2
    printed = capsys.readouterr().err
    assert reason in printed
    assert printed.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before
