"""Train Morph: keyed meshes become a shape that follows its keys' frames, or one sentence says why not."""

import numpy as np
import pytest
from neural_shapes.scene import neural_shape
from neural_shapes.scene.morph_properties import source_names
from neural_shapes.scene.object_mesh import triangle_mesh
from neural_shapes.scene.time_curve import time_at_frame
from neural_shapes.session import morphing
from neural_shapes.session.jobs import Job, State

bpy = pytest.importorskip("bpy")
NAME = "Ball to Box Neural"
# Of a surface from the exact one, in the scene's units: a small network's after some hundred steps.
CLOSE = 0.02


def key(source: str, frame: int) -> None:
    added = bpy.context.scene.neural_shapes_morph.keys.add()
    added.source, added.frame = source, frame


def surface_points(holder) -> np.ndarray:
    return triangle_mesh(holder, bpy.context.evaluated_depsgraph_get()).vertices


def to_ball(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points, axis=1) - 1


def to_box(points: np.ndarray) -> np.ndarray:
    outside = np.abs(points - [0.5, 0, 0]) - 0.8
    return np.linalg.norm(np.maximum(outside, 0), axis=1) + np.minimum(outside.max(axis=1), 0)


def test_a_morph_arrives_beside_its_first_mesh_and_takes_its_sources_place(morphed):
    holder = morphed.context.object
    shape = neural_shape.read(holder)
    assert (holder.name, len(morphed.data.objects)) == (NAME, 3)
    assert source_names(holder) == [each.source for each in shape.keys] == ["Ball", "Box"]
    assert {"drift", "components", "chamfer_to_key_1"} <= shape.measures.keys()
    assert [selected.name for selected in morphed.context.selected_objects] == [NAME]


def test_its_mesh_is_the_moment_of_the_frame_in_the_first_meshs_space(morphed):
    holder = morphed.context.object
    assert holder.neural_shapes.time == pytest.approx(0.2)
    points = surface_points(holder)
    assert np.abs(0.8 * to_ball(points) + 0.2 * to_box(points)).mean() < CLOSE


def test_its_first_surface_takes_nothing_but_resolution_and_trim_from_the_panel_surface(morphed):
    expected = surface_points(morphed.context.object)
    surface = morphed.context.scene.neural_shapes.extraction
    surface.level, surface.offset, surface.faces = 3, 0.3, 40
    morphed.ops.neural_shapes.train_morph()
    np.testing.assert_allclose(surface_points(morphed.data.objects[f"{NAME}.001"]), expected, atol=1e-6)
    morphed.data.objects["Box"].location.x = 0.4
    morphed.ops.neural_shapes.retrain_morph()
    assert len(morphed.context.object.data.polygons) > 100


def failed_extraction(*_, **__) -> Job:
    return Job("", "", "extract", 0, state=State.FAILED, sentence="Memory ran out.")


def test_a_morph_whose_surface_fails_has_failed(morphed, monkeypatch):
    monkeypatch.setattr(morphing, "extract", failed_extraction)
    with pytest.raises(RuntimeError, match="Memory ran out"):
        morphed.ops.neural_shapes.train_morph()
    with pytest.raises(RuntimeError, match="Memory ran out"):
        morphed.ops.neural_shapes.retrain_morph(segment=0)


def test_frames_before_and_after_the_keys_show_the_ends_and_keys_move_without_training(morphed):
    holder = morphed.context.object
    uuid = neural_shape.shape_uuid(holder)
    times = [time_at_frame(holder, frame) for frame in (1, 10, 15, 20, 250)]
    assert times == pytest.approx([0, 0, 0.5, 1, 1])
    morphed.context.scene.frame_set(20)
    holder.keyframe_delete("neural_shapes.time", frame=20)
    holder.neural_shapes.time = 1.0
    holder.keyframe_insert("neural_shapes.time", frame=110)
    assert time_at_frame(holder, 110) == 1
    assert 0 < time_at_frame(holder, 20) < 0.2
    assert neural_shape.shape_uuid(holder) == uuid


def test_copies_have_the_morph_its_sources_and_its_curve(morphed, tmp_path):
    original = morphed.context.object
    morphed.ops.object.duplicate()
    path = tmp_path / "copies.blend"
    morphed.ops.wm.save_as_mainfile(filepath=str(path))
    morphed.ops.wm.read_homefile(use_empty=True)
    with morphed.data.libraries.load(str(path)) as (_, wanted):
        wanted.objects = [NAME, f"{NAME}.001"]
    for holder in wanted.objects:
        assert [each.source for each in neural_shape.read(holder).keys] == ["Ball", "Box"]
        assert source_names(holder) == ["Ball", "Box"]
        assert time_at_frame(holder, 15) == pytest.approx(0.5)
    assert len(wanted.objects) == 2
    assert original is not None


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ([], "at least two meshes"),
        ([("Ball", 1), ("Box", 1)], "both keyed at frame 1"),
        ([("Ball", 1), ("Gone", 9)], "“Gone” is not in this file"),
        ([("Ball", 1), ("Twin", 9)], "All keys show the same mesh"),
        ([("Ball", 1), ("Line", 9)], "“Line” has no faces"),
    ],
)
def test_what_makes_no_morph_is_said_before_any_work_and_leaves_the_scene_alone(
    morphed, monkeypatch, keys, reason
):
    from neural_shapes.session import worker

    monkeypatch.setattr(worker, "_open_client", lambda: pytest.fail("The worker was started."))
    ball = morphed.data.objects["Ball"]
    line = morphed.data.meshes.new("Line")
    line.from_pydata([(0, 0, 0), (1, 0, 0)], [(0, 1)], [])
    for name, data in (("Twin", ball.data), ("Line", line)):
        morphed.context.collection.objects.link(morphed.data.objects.new(name, data))
    before = list(morphed.data.objects)
    morphed.context.scene.neural_shapes_morph.keys.clear()
    for source, frame in keys:
        key(source, frame)
    with pytest.raises(RuntimeError, match=reason) as caught:
        morphed.ops.neural_shapes.train_morph()
    assert str(caught.value).strip().count("\n") == 0
    assert list(morphed.data.objects) == before


def test_a_mesh_without_volume_and_shapes_too_far_apart_are_refused_by_the_worker(morphed):
    morphed.ops.mesh.primitive_plane_add()
    morphed.data.objects["Box"].location.x = 100
    for source, reason in (("Plane", "volume|plane"), ("Box", "bring them closer")):
        morphed.context.scene.neural_shapes_morph.keys.clear()
        key("Ball", 1), key(source, 9)
        with pytest.raises(RuntimeError, match=reason):
            morphed.ops.neural_shapes.train_morph()
    assert len(morphed.data.objects) == 4


def test_keys_in_any_order_are_fitted_and_held_and_one_exchanged_key_trains_its_segment_alone(morphed):
    morphed.ops.mesh.primitive_cone_add(location=(30, 0, 0), radius1=9, depth=14)
    settings = morphed.context.scene.neural_shapes_morph
    settings.keys.clear()
    for source, frame in (("Ball", 50), ("Ball", 1), ("Box", 20), ("Ball", 5)):
        key(source, frame)
    settings.placement = "fit"
    assert morphed.ops.neural_shapes.train_morph() == {"FINISHED"}
    holder = morphed.data.objects["Ball to Ball Neural"]
    before = neural_shape.read(holder)
    assert [each.source for each in before.keys] == ["Ball", "Box", "Ball"]
    times = [time_at_frame(holder, frame) for frame in (1, 5, 20, 50)]
    assert times == pytest.approx([0, 0, 0.5, 1])

    morphed.context.view_layer.objects.active = holder
    with pytest.raises(RuntimeError, match="have not changed since; choose a segment"):
        morphed.ops.neural_shapes.retrain_morph()
    holder.neural_shapes_morph.sources[2].source = "Cone"
    mesh = holder.data.name
    assert morphed.ops.neural_shapes.retrain_morph() == {"FINISHED"}
    after = neural_shape.read(holder)
    assert [each.source for each in after.keys] == ["Ball", "Box", "Cone"]
    points = np.random.default_rng(0).uniform(-1, 1, (200, 3)).astype(np.float32)
    for time, kept in ((0.2, True), (0.9, False)):
        values = [shape.field.at_time(time).value(points) for shape in (before, after)]
        assert np.array_equal(*values) == kept
    assert (holder.data.name, time_at_frame(holder, 20)) == (mesh, pytest.approx(0.5))
