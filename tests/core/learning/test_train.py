"""A training makes a shape near its source, repeats exactly, can be stopped, resumed and started warm."""

from dataclasses import replace

import numpy as np
import pytest
import trimesh
from neural_shapes.core.errors import Cancelled, NeuralShapesError
from neural_shapes.core.fields.nested import NestedField
from neural_shapes.core.fields.space_time import BlendedSegment, SpaceTimeField
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.geometry.oriented_points import OrientedPoints
from neural_shapes.core.learning import progress
from neural_shapes.core.learning import train as train_module
from neural_shapes.core.learning.recipes import DETAILED, DRAFT, INDEPENDENT
from neural_shapes.core.learning.train import train
from neural_shapes.core.shape_file import from_bytes, to_bytes

# Draft with small batches: two seconds of one core. Half as many steps leave a seed in five with a cavity.
STEPS = 600
RECIPE = replace(DRAFT, levels=tuple(replace(level, batch=512) for level in DRAFT.levels))


def _train(mesh, recipe=RECIPE, **settings):
    return train(mesh, recipe, **({"seed": 7, "device": "cpu", "threads": 1} | settings))


@pytest.fixture(autouse=True)
def every_step_is_told(monkeypatch):
    """On a fast machine whole levels pass between two reports of the usual interval."""
    monkeypatch.setattr(progress, "REPORT_INTERVAL", 0.0)


@pytest.fixture(scope="module")
def trained_ball(ball):
    """The ball after STEPS steps, and all the progress that was reported."""
    reports = []
    return _train(ball, steps=STEPS, progress=reports.append), reports


def _train_only(mesh, progress=lambda report: None, **settings):
    """Like ``_train``, without the measuring."""
    stop = _Stop()

    def report(now):
        progress(now)
        stop.wanted = now.step == now.steps

    return _train(mesh, progress=report, cancelled=stop, **settings)


def _weights(shape):
    return [w for level in shape.field.levels for w in (*level.network.weights, *level.network.biases)]


def _assert_same_weights(first, second):
    for one, other in zip(_weights(first), _weights(second), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_field_is_the_distance_to_the_source(ball, trained_ball):
    shape, _ = trained_ball
    directions = np.random.default_rng(1).normal(size=(2000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    centre = np.array([10.0, -5.0, 2.0])
    for radius in (2.95, 3.0, 3.05):
        points = shape.placement.to_domain(centre + radius * directions).astype(np.float32)
        distance = shape.field.value(points) / shape.placement.scale
        assert np.abs(distance - (radius - 3.0)).mean() < 0.01


def test_the_shape_carries_its_errors(trained_ball):
    measures = trained_ball[0].measures
    assert trained_ball[0].unmeasured == ""
    assert measures["failed"] == ""
    assert measures["chamfer"] < 2e-3
    assert measures["components"] == 1
    assert measures["volume"] == pytest.approx(4 / 3 * np.pi * 0.9**3, rel=0.01)


def test_the_shape_says_where_it_came_from(ball, trained_ball):
    provenance = trained_ball[0].provenance
    assert provenance.source_digest == ball.digest
    assert (provenance.recipe, provenance.seed, provenance.threads, provenance.device) == (
        "draft",
        7,
        1,
        "cpu",
    )
    assert provenance.steps == provenance.planned_steps == STEPS
    assert set(provenance.seconds) == {"distances", "training", "measuring"}


def test_the_shape_survives_its_file(trained_ball):
    shape = trained_ball[0]
    assert from_bytes(to_bytes(shape)).provenance == shape.provenance


def test_progress_goes_through_all_phases_to_the_end(trained_ball):
    _, reports = trained_ball
    assert list(dict.fromkeys(report.phase for report in reports)) == ["distances", "training", "measuring"]
    assert [report.step for report in reports] == sorted(report.step for report in reports)
    assert reports[-1].step == reports[-1].steps == STEPS
    assert all(0 <= report.share <= 1 and report.seconds_left >= 0 for report in reports)


def test_the_same_seed_and_steps_give_the_same_weights(ball, trained_ball):
    _assert_same_weights(_train_only(ball, steps=STEPS), trained_ball[0])


def test_another_seed_gives_other_weights(ball, trained_ball):
    other = _train_only(ball, seed=8, steps=STEPS)
    assert not np.array_equal(_weights(other)[0], _weights(trained_ball[0])[0])


def test_a_cancelled_training_keeps_what_it_reached_and_can_be_resumed(ball, trained_ball):
    stop = _Stop()
    part = _train(ball, steps=STEPS, progress=stop.at_step(400), cancelled=stop)
    assert 400 <= part.provenance.steps < part.provenance.planned_steps == STEPS
    assert part.measures == {}
    assert len(part.field.levels) == 2

    reports = []
    whole = _train(ball, start=part, progress=reports.append)
    trained = [report for report in reports if report.phase == "training"]
    assert trained[0].step > part.provenance.steps
    assert whole.provenance.steps == whole.provenance.planned_steps == STEPS
    assert whole.measures["chamfer"] < 2 * trained_ball[0].measures["chamfer"]
    np.testing.assert_array_equal(
        whole.field.levels[0].network.weights[0], part.field.levels[0].network.weights[0]
    )


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("meshing.isosurface.marching_cubes", MemoryError()),
        ("learning.train.measure_field", RuntimeError("MPS backend out of memory")),
    ],
    ids=["for the surface", "for anything else"],
)
def test_a_training_whose_measuring_memory_runs_out_for_is_kept(ball, name, error, monkeypatch):
    def fail(*_, **settings):
        raise error

    monkeypatch.setattr(f"neural_shapes.core.{name}", fail)
    shape = _train(ball, steps=20)
    assert (shape.provenance.steps, shape.provenance.planned_steps, shape.measures) == (20, 20, {})
    assert "Memory ran out while the shape was measured" in from_bytes(to_bytes(shape)).unmeasured
    cancelled = _train_only(ball, steps=20)
    _assert_same_weights(shape, cancelled)
    assert (cancelled.measures, cancelled.unmeasured) == ({}, "")


def test_an_open_source_for_whose_boundary_memory_runs_out_does_not_count_as_closed(monkeypatch):
    box = trimesh.creation.box()
    opened = TriangleMesh(np.asarray(box.vertices), np.asarray(box.faces)[2:])

    def fail(*_, **settings):
        raise MemoryError

    monkeypatch.setattr("neural_shapes.core.meshing.trimmable_boundary.extract_isosurface", fail)
    shape = _train(opened, steps=20)
    assert shape.boundary is None
    assert shape.unmeasured


def test_a_training_without_its_measures_because_of_an_error_is_told(ball, monkeypatch):
    def fail(*_):
        raise RuntimeError("no kernel image is available")

    monkeypatch.setattr(train_module, "measure_field", fail)
    with pytest.raises(RuntimeError, match="no kernel image"):
        _train(ball, steps=20)


def _interrupted(mesh, step, **settings):
    """A training of STEPS, unless the settings say otherwise, cancelled at a step of all its levels."""
    stop = _Stop()
    return _train(mesh, **({"steps": STEPS} | settings), progress=stop.at_step(step), cancelled=stop)


# Of STEPS the first level has 257.
@pytest.mark.parametrize("step", [5, 400], ids=["in the first level", "in the second level"])
def test_a_time_limit_cuts_only_what_is_left_of_a_resumed_training(ball, step):
    part = _interrupted(ball, step)
    done = part.provenance.steps
    whole = _train_only(ball, start=part, seconds=1e-3)
    # A step for each level that is not complete, the first of which SOAP does not take.
    planned = tuple(
        count if index + 1 < len(part.field.levels) else max(0, done - 257 * index) + 1
        for index, count in enumerate(part.provenance.steps_of_levels)
    )
    assert whole.provenance.steps_of_levels == planned
    assert whole.provenance.steps == whole.provenance.planned_steps == sum(planned)
    _assert_same_weights(
        replace(whole, field=NestedField(whole.field.levels[: len(part.field.levels)])), part
    )


def test_a_training_that_was_cut_and_cancelled_again_goes_on_where_it_was(ball):
    part = _interrupted(ball, 5)
    assert part.provenance.steps < 100
    again = _interrupted(ball, 110, steps=120, start=part)
    first, second = again.provenance.steps_of_levels
    assert (len(again.field.levels), first + second) == (2, 120)
    whole = _train_only(ball, start=again)
    assert whole.provenance.steps == 120
    np.testing.assert_array_equal(
        whole.field.levels[0].network.weights[0], again.field.levels[0].network.weights[0]
    )


@pytest.mark.parametrize("steps", [450, 900])
def test_steps_count_what_a_resumed_training_did_before(ball, steps):
    part = _interrupted(ball, 400)
    whole = _train_only(ball, start=part, steps=steps)
    assert whole.provenance.steps == steps
    assert whole.provenance.steps_of_levels == (257, steps - 257)
    with pytest.raises(NeuralShapesError, match=f"at least {part.provenance.steps + 1} steps"):
        _train(ball, start=part, steps=300)


def test_an_interrupted_shape_whose_levels_are_not_those_of_the_recipe_is_trained_from_the_first_step(ball):
    part = _interrupted(ball, 400)
    lost = replace(part, field=NestedField(part.field.levels[:1]))
    reports = []
    _train_only(ball, start=lost, steps=20, progress=reports.append)
    assert reports[0].step == 0


def test_a_morph_is_no_start(ball, trained_ball):
    segment = BlendedSegment(*[NestedField(trained_ball[0].field.levels[:1])] * 2, (0.1,))
    morph = replace(trained_ball[0], field=SpaceTimeField((segment,), (0.0, 1.0)))
    with pytest.raises(NeuralShapesError, match="is a morph; choose one of a single mesh"):
        _train(ball, start=morph)


def test_a_training_cancelled_in_its_first_level_has_that_level_alone(ball):
    stop = _Stop()
    part = _train(ball, steps=STEPS, progress=stop.at_step(5), cancelled=stop)
    assert len(part.field.levels) == 1
    assert _train_only(ball, start=part).provenance.steps == STEPS


def test_a_training_cancelled_before_its_first_step_has_nothing(ball):
    with pytest.raises(Cancelled):
        _train(ball, cancelled=lambda: True)


def test_the_latest_shape_can_be_had_while_training(ball):
    shapes = []

    def look(progress):
        if progress.phase == "training":
            shapes.append(progress.latest())

    _train_only(ball, steps=STEPS, progress=look)
    assert shapes
    assert all(from_bytes(to_bytes(shape)).provenance.planned_steps == STEPS for shape in shapes)
    assert shapes[-1].provenance.steps > shapes[0].provenance.steps


def test_an_edited_source_starts_warm(ball, trained_ball):
    edited = TriangleMesh(ball.vertices * [1.0, 1.0, 0.97], ball.faces)
    losses = {}
    for name, start in (("warm", trained_ball[0]), ("cold", None)):
        reports = []
        _train_only(edited, steps=20, start=start, progress=reports.append)
        losses[name] = next(report.loss for report in reports if report.phase == "training")
    assert losses["warm"] < 0.3 * losses["cold"]


def test_a_cap_in_seconds_is_kept(ball):
    shape = _train_only(ball, seconds=0.7)
    assert shape.provenance.planned_steps < DRAFT.steps
    assert shape.provenance.seconds["training"] < 2 * 0.7


def test_an_inverted_mesh_gives_the_same_solid(ball):
    inverted = TriangleMesh(ball.vertices, ball.faces[:, ::-1])
    shape = _train_only(inverted, steps=STEPS)
    assert shape.field.value(np.zeros((1, 3), np.float32)) < 0


def test_points_with_normals_train_like_the_mesh_that_they_are_of(ball):
    centre = np.array([10.0, -5.0, 2.0])
    shape = _train_only(OrientedPoints(ball.vertices, ball.vertices - centre), steps=STEPS)
    points = shape.placement.to_domain(centre + np.array([[0, 0, 2.9], [0, 3.1, 0]])).astype(np.float32)
    np.testing.assert_allclose(shape.field.value(points) / shape.placement.scale, [-0.1, 0.1], atol=0.03)


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_the_size_of_the_object_does_not_matter(ball, scale):
    shape = _train_only(TriangleMesh(ball.vertices * scale, ball.faces), steps=STEPS)
    centre = shape.placement.to_domain(np.array([[10.0, -5.0, 2.0]]) * scale)
    np.testing.assert_allclose(centre, 0, atol=1e-6)
    assert shape.field.value(centre.astype(np.float32)) < 0


def test_an_inside_out_field_says_that_it_failed(ball, trained_ball):
    levels = [replace(level, network=_negated(level.network)) for level in trained_ball[0].field.levels]
    wrong = replace(trained_ball[0], field=NestedField(tuple(levels)))
    # SOAP's first step of each level only collects statistics: the weights stay as they are.
    assert "inside out" in _train(ball, steps=2, start=wrong).measures["failed"]


def test_a_plate_thinner_than_the_band_keeps_both_its_sides():
    """Offsets of its vertices cross each other; labels are exact distances, so that nothing folds."""
    solid = trimesh.creation.box((1.8, 1.2, 0.02)).subdivide().subdivide()
    shape = _train(TriangleMesh(solid.vertices, solid.faces), steps=STEPS)
    assert shape.field.levels[1].band.inner > 0.02
    assert (shape.measures["components"], shape.measures["failed"]) == (1, "")
    assert shape.measures["volume"] == pytest.approx(1.8 * 1.2 * 0.02, rel=0.03)
    assert shape.measures["hausdorff"] < 0.03


@pytest.mark.parametrize("rate", [8, 1e30], ids=["adds nothing", "no number"])
def test_a_level_that_diverges_is_trained_anew_at_a_lower_rate(ball, trained_ball, rate, monkeypatch):
    """At eight times its rate the fine level ends with an output of zero, at 1e30 times without numbers."""
    monkeypatch.setattr(train_module, "CALMER", 1 / rate)
    coarse, fine = RECIPE.levels
    hasty = replace(RECIPE, levels=(coarse, replace(fine, learning_rate=rate * fine.learning_rate)))
    measures = _train(ball, hasty, steps=STEPS).measures
    assert measures["surface_value"] < 2 * trained_ball[0].measures["surface_value"]


def test_a_training_without_numbers_is_told(ball):
    coarse, fine = RECIPE.levels
    hopeless = replace(RECIPE, levels=(replace(coarse, learning_rate=1e30), fine))
    with pytest.raises(NeuralShapesError, match="diverged; train with another seed"):
        _train(ball, hopeless, steps=STEPS)


def _negated(network):
    return replace(
        network,
        weights=(*network.weights[:-1], -network.weights[-1]),
        biases=(*network.biases[:-1], -network.biases[-1]),
    )


@pytest.mark.parametrize("recipe", [DETAILED, INDEPENDENT], ids=lambda recipe: recipe.name)
def test_other_recipes_train_all_their_levels(ball, recipe):
    small = replace(recipe, levels=tuple(replace(level, batch=256) for level in recipe.levels))
    shape = _train_only(ball, recipe=small, steps=30)
    assert [bool(level.band) for level in shape.field.levels] == [bool(level.band) for level in recipe.levels]


def test_a_residual_reaches_the_whole_surface_however_wrong_the_coarse_level_is(ring):
    shape = _train_only(ring, steps=4)
    coarse, fine = shape.field.levels
    surface = shape.placement.to_domain(ring.vertices).astype(np.float32)
    assert fine.band.inner > RECIPE.levels[1].band.inner
    assert np.abs(coarse.network.value(surface)).max() <= 1.01 * fine.band.inner


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"steps": 1}, "at least 2 steps"),
        ({"seconds": 0.0}, "more than 0 seconds"),
        ({"threads": 0}, "at least one thread"),
    ],
)
def test_senseless_settings_are_refused(ball, settings, sentence):
    with pytest.raises(NeuralShapesError, match=sentence):
        _train(ball, **settings)


class _Stop:
    """Asks to cancel from a step on."""

    wanted = False

    def at_step(self, step):
        def report(progress):
            self.wanted = self.wanted or progress.step >= step

        return report

    def __call__(self):
        return self.wanted
