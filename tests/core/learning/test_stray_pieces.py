"""Pieces of a surface away from its source are trained away, and nothing else is lost by that."""

from dataclasses import replace

import numpy as np
import pytest
import trimesh
from neural_shapes.core.fields.nested import NestedField
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.learning import progress, stray_pieces
from neural_shapes.core.learning import train as train_module
from neural_shapes.core.learning.recipes import INDEPENDENT, Recipe

# A level that stands alone, so that one level is all that a piece astray can be trained out of.
ALONE = Recipe("alone", (replace(INDEPENDENT.levels[1], batch=512),))


@pytest.fixture(autouse=True)
def every_step_is_told(monkeypatch):
    monkeypatch.setattr(progress, "REPORT_INTERVAL", 0.0)


def _train(mesh, steps=1, **settings):
    """SOAP's first step leaves the weights as they are."""
    return train_module.train(mesh, ALONE, seed=7, device="cpu", threads=1, steps=steps, **settings)


def _assert_same_weights(first, second):
    networks = [[level.network for level in shape.field.levels] for shape in (first, second)]
    for one, other in zip(*networks, strict=True):
        for weight, expected in zip(one.weights + one.biases, other.weights + other.biases, strict=True):
            np.testing.assert_array_equal(weight, expected)


@pytest.fixture(scope="module")
def ball_with_a_droplet(ball):
    """A shape of the ball and a small one beside it."""
    droplet = trimesh.creation.icosphere(subdivisions=3, radius=0.3)
    droplet.apply_translation((12.4, -2.6, 4.4))
    both = TriangleMesh(
        np.concatenate([ball.vertices, droplet.vertices]),
        np.concatenate([ball.faces, droplet.faces + len(ball.vertices)]),
    )
    shape = _train(both, steps=400)
    assert shape.measures["components"] == 2
    return shape


def test_a_piece_away_from_the_source_is_trained_away(ball, ball_with_a_droplet):
    cleared = _train(ball, start=ball_with_a_droplet)
    assert (cleared.measures["components"], cleared.measures["failed"]) == (1, "")
    assert cleared.measures["chamfer"] < 2e-3


def test_the_time_left_while_pieces_are_trained_away_is_their_own(ball, ball_with_a_droplet):
    reports = []
    _train(ball, start=ball_with_a_droplet, progress=reports.append)
    phases = [report.phase for report in reports]
    first = phases.index("clearing")
    assert list(dict.fromkeys(phases[:first])) == ["distances", "training", "measuring"]
    assert list(dict.fromkeys(phases[first:])) == ["clearing", "measuring"]
    shares = [report.share for report in reports]
    assert shares == sorted(shares)
    assert shares[first] < 1


def _without_surface(field, *_):
    level = field.levels[-1]
    network = replace(level.network, biases=(*level.network.biases[:-1], level.network.biases[-1] + 9))
    return NestedField((*field.levels[:-1], replace(level, network=network)))


def test_a_clearing_that_leaves_less_than_there_was_is_not_taken(ball, ball_with_a_droplet, monkeypatch):
    monkeypatch.setattr(train_module, "cleared_of_stray_pieces", _without_surface)
    shape = _train(ball, start=ball_with_a_droplet)
    assert shape.measures["stray_pieces"] == 1
    _assert_same_weights(shape, ball_with_a_droplet)


def test_a_clearing_that_diverges_leaves_the_shape_as_it_was(ball, ball_with_a_droplet, monkeypatch):
    monkeypatch.setattr(stray_pieces, "LEARNING_RATE_FACTOR", 1e30)
    shape = _train(ball, start=ball_with_a_droplet)
    assert shape.measures["stray_pieces"] == 1
    _assert_same_weights(shape, ball_with_a_droplet)


SOUND = {"stray_pieces": 0, "sign_error": 0.001, "missing_share": 0.001}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({}, True),
        ({"stray_pieces": 1}, False),
        ({"sign_error": 0.1}, False),
        ({"missing_share": 0.01}, True),
        ({"missing_share": 0.03}, False),
    ],
)
def test_a_clearing_is_taken_when_nothing_has_failed_that_had_not_before(after, expected):
    before = {"stray_pieces": 2, "sign_error": 0.001, "missing_share": 0.02}
    assert stray_pieces.is_cleared(before, {**SOUND, **after}) is expected


def test_cancelling_while_pieces_are_trained_away_leaves_the_measured_shape(
    ball, ball_with_a_droplet, monkeypatch
):
    begun, clear = [], train_module.cleared_of_stray_pieces

    def begin(*arguments):
        begun.append(True)
        return clear(*arguments)

    monkeypatch.setattr(train_module, "cleared_of_stray_pieces", begin)
    shape = _train(ball, start=ball_with_a_droplet, cancelled=lambda: bool(begun))
    assert begun
    assert (shape.measures["stray_pieces"], shape.provenance.steps) == (1, 1)
    _assert_same_weights(shape, ball_with_a_droplet)


@pytest.mark.parametrize("step", ["clearing", "thresholds", "measuring"])
def test_memory_running_out_while_pieces_are_trained_away_leaves_the_measured_shape(
    ball, ball_with_a_droplet, step, monkeypatch
):
    failed = []

    def fail(*_):
        failed.append(step)
        raise MemoryError

    def clear(field, *_):
        if step == "clearing":
            fail()
        name = "with_thresholds" if step == "thresholds" else "measure_field"
        monkeypatch.setattr(train_module, name, fail)
        return field

    monkeypatch.setattr(train_module, "cleared_of_stray_pieces", clear)
    shape = _train(ball, start=ball_with_a_droplet)
    assert failed == [step]
    assert shape.measures["stray_pieces"] == 1
    _assert_same_weights(shape, ball_with_a_droplet)
