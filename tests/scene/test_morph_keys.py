"""Keys of a morph: what can be keyed at which frames, and where the meshes are that go into it."""

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")


@pytest.fixture
def settings(blender):
    return blender.context.scene.neural_shapes_morph


def add(name="Cube", scale=(1, 1, 1), **placing):
    bpy.ops.mesh.primitive_cube_add(**placing)
    bpy.context.object.name, bpy.context.object.scale = name, scale
    return bpy.context.object


def keyed(settings):
    return [(key.source, key.frame) for key in settings.keys]


def common(sources, placement="keep"):
    from neural_shapes.scene.morph_keys import meshes_in_common_space

    bpy.context.view_layer.update()
    return meshes_in_common_space(sources, placement, bpy.context.evaluated_depsgraph_get())


def test_the_selected_meshes_are_keyed_a_second_apart_the_active_one_last(blender, settings):
    second, first = add("A"), add("B")
    second.select_set(True)
    blender.context.view_layer.objects.active = second
    blender.context.scene.render.fps, blender.context.scene.frame_current = 30, 5
    assert blender.ops.neural_shapes.key_mesh() == {"FINISHED"}
    assert keyed(settings) == [(first.name, 5), (second.name, 35)]


def test_a_frame_has_one_key_which_another_mesh_takes_over(blender, settings):
    for name in ("A", "B"):
        add(name)
        blender.ops.neural_shapes.key_mesh()
    assert keyed(settings) == [("B", 1)]
    blender.context.scene.frame_current = 9
    blender.ops.neural_shapes.key_mesh()
    blender.ops.neural_shapes.remove_key()
    assert keyed(settings) == [("B", 1)]
    blender.ops.neural_shapes.remove_key()
    assert not blender.ops.neural_shapes.remove_key.poll()


def test_what_has_no_surface_cannot_be_keyed(blender):
    blender.ops.object.camera_add()
    with pytest.raises(RuntimeError, match="Select a mesh"):
        blender.ops.neural_shapes.key_mesh()


def test_keys_are_undone(blender, settings):
    add()
    blender.ops.ed.undo_push(message="Cube")
    blender.ops.neural_shapes.key_mesh()
    blender.ops.ed.undo_push(message="Key")
    blender.ops.ed.undo()
    assert not keyed(blender.context.scene.neural_shapes_morph)


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ([], "at least two"),
        ([("A", 1)], "at least two"),
        ([("A", 7), ("B", 7)], "“A” and “B” are both keyed at frame 7"),
        ([("A", 1), ("Gone", 7)], "“Gone” is not in this file"),
        ([("A", 1), ("A", 7)], "All keys show “A”"),
    ],
)
def test_keys_that_make_no_morph_say_why(blender, settings, keys, reason):
    from neural_shapes.core.errors import NeuralShapesError
    from neural_shapes.scene.morph_keys import keys_of

    add("A"), add("B")
    for source, frame in keys:
        key = settings.keys.add()
        key.source, key.frame = source, frame
    with pytest.raises(NeuralShapesError, match=reason):
        keys_of(settings)


def test_keys_come_by_their_frames_and_an_object_may_come_again(blender, settings):
    from neural_shapes.scene.morph_keys import keys_of, set_key

    a, b = add("A"), add("B")
    for source, frame in ((a, 40), (b, 20), (a, -3)):
        set_key(settings, source, frame)
    assert [(key.source, key.frame) for key in keys_of(settings)] == [(a, -3), (b, 20), (a, 40)]


def test_meshes_stand_to_one_another_as_they_do_in_the_scene(blender):
    first = add("A", location=(10, 0, 0), rotation=(0, 0, np.pi / 2))
    second = add("B", location=(10, 4, 0), scale=(1, 3, 1))
    one, other = common([first, second])
    np.testing.assert_allclose(np.abs(one.vertices), 1)
    # Seen from A, whose X is the scene's Y: B is 4 along X, and long in X.
    np.testing.assert_allclose([other.vertices.min(axis=0), other.vertices.max(axis=0)],
                               [[1, -1, -1], [7, 1, 1]], atol=1e-5)  # fmt: skip
    fitted = common([first, second], "fit")[1]
    np.testing.assert_allclose(fitted.vertices, other.vertices - [4, 0, 0], atol=1e-5)


def test_a_mirrored_object_is_no_mesh_turned_inside_out(blender):
    first, second = add("A"), add("B", scale=(-2, 1, 1))
    assert common([first, second])[1].volume == pytest.approx(16)


def test_objects_that_move_together_have_the_meshes_that_they_had(blender):
    parent = add("Parent")
    children = [add("A"), add("B", location=(1.3, 2.1, -0.7), rotation=(0.3, 0.2, 0.1))]
    for child in children:
        child.parent = parent
    before = [mesh.digest for mesh in common(children)]
    parent.location, parent.rotation_euler = (3.7, -1.9, 2.3), (0.5, -0.4, 1.1)
    assert [mesh.digest for mesh in common(children)] == before
    children[1].location.x += 0.1
    assert common(children)[1].digest != before[1]


def in_other_units(name, scale, **placing):
    """A cube as large in the scene as one without a scale, modelled in units of which it has many or few."""
    made = add(name, (scale,) * 3, **placing)
    for vertex in made.data.vertices:
        vertex.co /= scale
    return made


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 0.7, 1e4])
@pytest.mark.parametrize("first_scale", [1e-3, 1.0, 1e3])
def test_meshes_in_other_units_keep_their_form_and_place(blender, first_scale, scale):
    first = in_other_units("A", first_scale)
    second = in_other_units("B", scale, location=(0.8, -1.1, 2.3), rotation=(0.3, 0.2, 0.1))
    one, other = common([first, second])
    corners = [second.matrix_world @ vertex.co for vertex in second.data.vertices]
    np.testing.assert_allclose(one.vertices * first_scale, np.sign(one.vertices), rtol=1e-6)
    np.testing.assert_allclose(other.vertices * first_scale, corners, atol=1e-4)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_objects_in_other_units_that_move_together_have_the_meshes_that_they_had(blender, scale):
    parent = add("Parent")
    children = [
        in_other_units("A", scale),
        in_other_units("B", 0.1, location=(1.3, 2.1, -0.7), rotation=(0.3, 0.2, 0.1)),
    ]
    for child in children:
        child.parent = parent
    before = [mesh.digest for mesh in common(children)]
    parent.location, parent.rotation_euler = (3.7, -1.9, 2.3), (0.5, -0.4, 1.1)
    assert [mesh.digest for mesh in common(children)] == before


def test_small_objects_that_move_together_have_the_meshes_that_they_had(blender):
    parent, generator = add("Parent"), np.random.default_rng(0)
    children = [add("A", (0.005,) * 3), add("B", (0.005,) * 3, location=(0.013, 0.021, -0.007))]
    for child in children:
        child.parent = parent
    before = [mesh.digest for mesh in common(children)]
    changed = 0
    for numbers in generator.uniform(-5, 5, (20, 6)):
        parent.location, parent.rotation_euler = numbers[:3], numbers[3:]
        changed += [mesh.digest for mesh in common(children)] != before
    # No rounding helps where a number lies in the middle between two.
    assert changed <= 2


def test_an_object_flattened_by_its_parents_is_refused(blender):
    from neural_shapes.core.errors import NeuralShapesError

    parent, first, second = add("Parent", (1, 1, 0), rotation=(0.3, 0.2, 0.1)), add("A"), add("B")
    first.parent = parent
    first.rotation_euler = (0.5, -0.4, 1.1)
    with pytest.raises(NeuralShapesError, match="“A” is scaled to zero"):
        common([first, second])


@pytest.mark.parametrize("size", [0.1, 0.3, 0.7])
def test_objects_that_are_turned_together_have_the_meshes_that_they_had(blender, size):
    parent, generator = add("Parent"), np.random.default_rng(0)
    children = [add("A", size=size), add("B", location=(0.2, 0.1, 0.3), size=size)]
    for child in children:
        child.parent = parent
    before = [mesh.digest for mesh in common(children)]
    changed = 0
    for turn in generator.uniform(-3, 3, (100, 3)):
        parent.rotation_euler = turn
        changed += [mesh.digest for mesh in common(children)] != before
    assert changed == 0


def test_an_object_whose_scale_is_no_number_is_refused(blender):
    from neural_shapes.core.errors import NeuralShapesError

    first, second = add("A"), add("B")
    second.scale.x = float("nan")
    with pytest.raises(NeuralShapesError, match="“B” is scaled to zero"):
        common([first, second])


@pytest.mark.parametrize("zero", ["A", "B"])
def test_an_object_scaled_to_zero_is_refused(blender, zero):
    from neural_shapes.core.errors import NeuralShapesError

    first, second = add("A"), add("B")
    bpy.data.objects[zero].scale.y = 0
    with pytest.raises(NeuralShapesError, match=f"“{zero}” is scaled to zero"):
        common([first, second])


def test_a_mesh_without_size_is_left_to_the_worker(blender):
    first, second = add("A"), add("B")
    for made in (first, second):
        for vertex in made.data.vertices:
            vertex.co = (0, 0, 0)
    assert not common([first, second])[1].vertices.any()
