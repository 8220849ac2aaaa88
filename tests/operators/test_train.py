"""Train: a neural shape for each selected object, or one sentence that says why not."""

import numpy as np
import pytest
from neural_shapes.core.geometry.repairs import Repairs
from neural_shapes.scene import neural_shape
from neural_shapes.session import source_state
from neural_shapes.session.source_state import SourceState


@pytest.fixture
def quick(blender):
    """The shortest training that is one."""
    settings = blender.context.scene.neural_shapes
    settings.training.preset = "draft"
    settings.training.seconds = 0.2
    settings.extraction.resolution = 32
    return blender


def shape_names(bpy) -> set[str]:
    return {holder.name for holder in bpy.data.objects if neural_shape.has_shape(holder)}


def test_a_training_adds_a_shape_beside_the_untouched_source(trained):
    source, holder = trained.data.objects["Suzanne"], trained.data.objects["Suzanne Neural"]
    shape = neural_shape.read(holder)
    assert len(trained.data.objects) == 2
    assert shape.provenance.source == holder.neural_shapes.source == "Suzanne"
    assert shape.measures["chamfer"] < 0.2
    assert len(holder.data.polygons) > 500
    assert len(source.data.vertices) == 507
    assert not neural_shape.has_shape(source)


def test_points_with_normals_are_trained_on(quick):
    normals = np.random.default_rng(0).normal(size=(300, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    mesh = quick.data.meshes.new("Scan")
    mesh.from_pydata((2 * normals).tolist(), [], [])
    mesh.attributes.new("normal", "FLOAT_VECTOR", "POINT").data.foreach_set(
        "vector", normals.astype(np.float32).ravel()
    )
    scan = quick.data.objects.new("Scan", mesh)
    quick.context.collection.objects.link(scan)
    scan.select_set(True)
    quick.context.view_layer.objects.active = scan
    assert quick.ops.neural_shapes.train() == {"FINISHED"}
    holder = quick.data.objects["Scan Neural"]
    np.testing.assert_allclose(holder.dimensions, 4, atol=1)
    assert source_state.compare(holder, quick.context.evaluated_depsgraph_get()) is SourceState.CURRENT


def test_several_objects_are_trained_at_once_and_undone_one_by_one(quick):
    quick.ops.mesh.primitive_torus_add()
    quick.ops.object.text_add(location=(3, 0, 0))
    quick.context.object.data.extrude = 0.2
    quick.data.objects["Torus"].select_set(True)
    quick.ops.ed.undo_push(message="Start")
    assert quick.ops.neural_shapes.train() == {"FINISHED"}
    assert shape_names(quick) == {"Torus Neural", "Text Neural"}
    assert quick.data.objects["Text Neural"].location.x == 3
    quick.ops.ed.undo()
    assert shape_names(quick) == {"Torus Neural"}
    quick.ops.ed.undo()
    assert shape_names(quick) == set()
    quick.ops.ed.redo()
    assert neural_shape.has_shape(quick.data.objects["Torus Neural"])


def test_nothing_selected_is_said_in_the_poll(quick):
    with pytest.raises(RuntimeError, match="Select a mesh"):
        quick.ops.neural_shapes.train()
    quick.ops.object.camera_add()
    assert not quick.ops.neural_shapes.train.poll()


NOT_A_NUMBER = float("nan")


@pytest.mark.parametrize(
    ("vertices", "edges", "faces", "reason"),
    [
        ([], [], [], "empty"),
        ([(0, 0, 0), (1, 0, 0)], [(0, 1)], [], "no faces"),
        ([(0, 0, 0), (1, 0, 0), (1, 1, 0)], [], [(0, 1, 2)], "plane"),
        ([(1, 1, 1)] * 4, [], [(0, 1, 2), (1, 2, 3)], "no size"),
        ([(0, 0, 0), (1, 0, 0), (1, 1, NOT_A_NUMBER)], [], [(0, 1, 2)], "finite"),
    ],
    ids=["empty", "line", "flat", "point", "nan"],
)
def test_what_cannot_be_trained_on_is_refused_in_one_sentence_and_leaves_the_scene_alone(
    quick, vertices, edges, faces, reason
):
    mesh = quick.data.meshes.new("Bad")
    mesh.from_pydata(vertices, edges, faces)
    bad = quick.data.objects.new("Bad", mesh)
    quick.context.collection.objects.link(bad)
    bad.select_set(True)
    with pytest.raises(RuntimeError, match=reason) as caught:
        quick.ops.neural_shapes.train()
    assert str(caught.value).strip().count("\n") == 0
    assert list(quick.data.objects) == [bad]


@pytest.mark.parametrize("is_flipped", [False, True])
def test_the_shape_tells_what_was_repaired_and_the_source_stays_as_it_is(quick, is_flipped):
    quick.ops.mesh.primitive_cube_add()
    mesh = quick.context.object.data
    if is_flipped:
        mesh.polygons[2].flip()
        mesh.update()
    normal = tuple(mesh.polygons[2].normal)
    quick.ops.neural_shapes.train()
    repairs = neural_shape.read(quick.data.objects["Cube Neural"]).provenance.repairs
    assert repairs == Repairs(turned=2 if is_flipped else 0)
    assert tuple(mesh.polygons[2].normal) == normal


@pytest.mark.parametrize("size", [2e-6, 2e6], ids=["tiny", "huge"])
def test_coordinates_of_any_size_are_trained_on(quick, size):
    quick.ops.mesh.primitive_uv_sphere_add(radius=size)
    source = quick.context.object
    source.scale = (-1, 0, 2)
    assert quick.ops.neural_shapes.train() == {"FINISHED"}
    placement = neural_shape.read(quick.data.objects["Sphere Neural"]).placement
    assert placement.scale == pytest.approx(0.9 / size)


def test_an_object_in_edit_mode_is_trained_on_as_it_stands(quick):
    quick.ops.mesh.primitive_cube_add(size=2)
    quick.ops.object.mode_set(mode="EDIT")
    quick.ops.transform.resize(value=(3, 1, 1))
    quick.ops.neural_shapes.train()
    quick.ops.object.mode_set(mode="OBJECT")
    placement = neural_shape.read(quick.data.objects["Cube Neural"]).placement
    assert placement.scale == pytest.approx(0.9 / 3)


def test_a_linked_object_is_trained_on_and_its_shape_is_local(quick, tmp_path):
    quick.ops.mesh.primitive_cube_add()
    quick.ops.wm.save_as_mainfile(filepath=str(tmp_path / "library.blend"))
    quick.ops.wm.read_homefile(use_empty=True)
    with quick.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (_, wanted):
        wanted.objects = ["Cube"]
    settings = quick.context.scene.neural_shapes
    settings.training.preset, settings.training.seconds = "draft", 0.2
    settings.extraction.resolution = 32
    quick.context.collection.objects.link(wanted.objects[0])
    wanted.objects[0].select_set(True)
    assert quick.ops.neural_shapes.train() == {"FINISHED"}
    assert quick.data.objects["Cube Neural"].library is None


def test_a_worker_that_cannot_be_had_is_said_in_one_sentence(quick, tmp_path):
    quick.ops.mesh.primitive_cube_add()
    preferences = quick.context.preferences.addons["neural_shapes"].preferences
    preferences.worker_python = str(tmp_path / "python")
    with pytest.raises(RuntimeError, match="There is no Python at"):
        quick.ops.neural_shapes.train()
    assert len(quick.data.objects) == 1


def test_a_missing_gpu_is_said_in_one_sentence(quick):
    quick.ops.mesh.primitive_cube_add()
    quick.context.preferences.addons["neural_shapes"].preferences.device = "mps"
    with pytest.raises(RuntimeError, match="no mps device"):
        quick.ops.neural_shapes.train()
    assert len(quick.data.objects) == 1


def test_what_fails_does_not_stop_what_works(quick):
    quick.ops.mesh.primitive_plane_add()
    quick.ops.mesh.primitive_cube_add()
    quick.data.objects["Plane"].select_set(True)
    assert quick.ops.neural_shapes.train() == {"FINISHED"}
    assert shape_names(quick) == {"Cube Neural"}
