"""The detail is looked for once, and trained first where it has no shape; then all who can take it get it."""

import time
from unittest.mock import Mock

import bpy
import pytest
from neural_shapes.operators import start_mapping
from neural_shapes.scene import neural_shape
from neural_shapes.session import timer, worker


def test_a_poll_looks_for_the_detail_as_often_for_many_meshes_as_for_one(scene, monkeypatch):
    selected, counts, find = [], [], start_mapping.detail
    for name in ("One", "Two", "Three"):
        selected.append(scene.target(name=name))
        for target in selected:
            target.select_set(True)
        counted = Mock(wraps=find)
        monkeypatch.setattr(start_mapping, "detail", counted)
        assert bpy.ops.neural_shapes.bake_map.poll()
        counts.append(counted.call_count)
    assert counts == [counts[0]] * 3


def without_uvs(target) -> None:
    target.data.uv_layers.remove(target.data.uv_layers.active)


def with_uvs_outside(target) -> None:
    for loop in target.data.uv_layers.active.uv:
        loop.vector.x += 5


@pytest.fixture
def untrained(scene):
    """An ellipsoid without a shape as the detail, to be trained in no time, and two selected targets."""
    settings = bpy.context.scene.neural_shapes
    settings.training.preset, settings.training.seconds = "draft", 0.2
    settings.extraction.resolution = 16
    scene.settings.baking.width = scene.settings.baking.height = 64
    scene.settings.mapping.detail = scene.target(name="Detail").name
    good, bad = scene.target(name="Good"), scene.target(name="Bad")
    good.select_set(True)
    return bad, good


@pytest.mark.parametrize(("spoil", "reason"), [(without_uvs, "unwrap"), (with_uvs_outside, "UV")])
def test_after_a_training_a_bad_target_leaves_the_others_alone(untrained, capfd, spoil, reason):
    bad, good = untrained
    spoil(bad)
    assert bpy.ops.neural_shapes.bake_map() == {"FINISHED"}
    assert [image.name for image in bpy.data.images] == ["Good Normal"]
    assert neural_shape.has_shape(bpy.data.objects["Detail Neural"])
    assert reason in capfd.readouterr().out
    good.select_set(False)
    with pytest.raises(RuntimeError, match=reason):
        bpy.ops.neural_shapes.bake_map()


def test_after_a_training_only_bad_targets_are_an_error(untrained):
    for target in untrained:
        without_uvs(target)
    with pytest.raises(RuntimeError, match=r"“Bad” has no UV map.*\n.*“Good” has no UV map"):
        bpy.ops.neural_shapes.bake_map()
    assert not bpy.data.images


def test_with_a_window_the_work_panel_tells_of_a_bad_target_after_the_training(untrained, monkeypatch):
    monkeypatch.setattr(timer, "follow", lambda job: None)
    bad, good = untrained
    without_uvs(bad)
    assert bpy.ops.neural_shapes.bake_map() == {"FINISHED"}
    [training] = worker.jobs.active
    while training.active:
        time.sleep(0.02)
        timer._tick()
    assert "“Bad” has no UV map" in training.sentence
    assert [job.label for job in worker.jobs.active] == [good.name]
    worker.jobs.close()
