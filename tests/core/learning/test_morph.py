"""Segments of a morph: continuous, kept when their keys are the same, and cancelled without loss."""

import math
from dataclasses import replace

import numpy as np
import pytest
import trimesh
from neural_shapes.core.errors import Cancelled, NeuralShapesError
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.geometry.repairs import Repairs
from neural_shapes.core.learning import morph_recipes
from neural_shapes.core.learning.morph import train_morph
from neural_shapes.core.learning.morph_recipes import (
    FLOW,
    MODES,
    SLENDER_VOLUME,
    THIN_VOLUME,
    VOLUME,
    LevelSetRecipe,
)
from neural_shapes.core.learning.progress import Progress
from neural_shapes.core.meshing.isosurface import SurfaceMemoryError
from neural_shapes.core.neural_shape import NeuralShape
from neural_shapes.core.shape_file import from_bytes, to_bytes

POINTS = np.random.default_rng(0).uniform(-1, 1, (300, 3)).astype(np.float32)


def _egg(*radii: float) -> TriangleMesh:
    solid = trimesh.creation.icosphere(subdivisions=2, radius=1.0)
    return TriangleMesh(solid.vertices * radii, solid.faces)


EGGS = [_egg(1, 0.6, 0.6), _egg(0.6, 1, 0.6), _egg(0.6, 0.6, 1)]


def _trained(
    meshes: list[TriangleMesh], mode: str = "blend", until: str = "measuring", **options
) -> NeuralShape:
    """A morph trained as briefly as possible, cancelled as soon as a phase is reported."""
    reported: list[Progress] = []
    return train_morph(
        meshes,
        mode,
        device="cpu",
        threads=1,
        seconds=1.0,
        progress=reported.append,
        cancelled=lambda: any(report.phase == until for report in reported),
        **options,
    )


@pytest.fixture(scope="module")
def three() -> NeuralShape:
    return _trained(EGGS)


def test_segments_meet_at_their_key(three):
    first, second = three.field.segments
    assert three.field.times == (0.0, 0.5, 1.0)
    np.testing.assert_allclose(first.at_time(1.0).value(POINTS), second.at_time(0.0).value(POINTS), atol=1e-5)


def test_segments_between_the_same_meshes_are_kept_and_others_trained_anew(three):
    changed = _trained([*EGGS[:2], _egg(0.5, 0.5, 1)], start=from_bytes(to_bytes(three)), seed=5)
    for time in (0.0, 0.3, 0.5):
        np.testing.assert_array_equal(
            changed.field.at_time(time).value(POINTS), three.field.at_time(time).value(POINTS)
        )
    assert (
        np.abs(changed.field.at_time(1.0).value(POINTS) - three.field.at_time(1.0).value(POINTS)).max() > 0.01
    )


def test_what_was_repaired_of_the_keys_is_told_of_them_together():
    spoilt = [TriangleMesh(egg.vertices, np.concatenate([egg.faces, egg.faces[:2]])) for egg in EGGS[:2]]
    assert _trained(spoilt).provenance.repairs == Repairs(repeated=4)


def test_a_morph_of_another_mode_keeps_nothing(three):
    with pytest.raises(Cancelled):
        _trained(EGGS, mode="flow", until="distances", start=three)


def test_the_joint_training_begins_as_the_first_shape_and_keeps_equal_volumes():
    shape = _trained([EGGS[0], _egg(0.3, 0.5, 0.3)], mode="joint")
    assert shape.provenance.steps == shape.provenance.planned_steps
    first, second = (
        key.placement.scale**3 * volume for key, volume in zip(shape.keys, (0.36, 0.045), strict=True)
    )
    assert first == pytest.approx(second, rel=1e-6)
    assert np.isfinite(shape.field.at_time(0.5).value(POINTS)).all()


def test_cancelled_before_there_is_a_field_nothing_is_returned():
    with pytest.raises(Cancelled):
        _trained(EGGS[:2], mode="volume", until="distances")


def test_cancelled_within_a_segment_the_morph_ends_with_it_as_it_is():
    reported: list[Progress] = []
    shape = train_morph(
        EGGS,
        "flow",
        device="cpu",
        threads=1,
        progress=reported.append,
        cancelled=lambda: bool(reported) and reported[-1].step > FLOW.first.steps,
    )
    assert FLOW.first.steps < shape.provenance.steps < shape.provenance.planned_steps
    assert [key.source for key in shape.keys] == ["mesh 1", "mesh 2"]
    assert not shape.measures
    assert reported[-1].latest().field.times == (0.0, 1.0)
    assert np.isfinite(shape.field.at_time(0.9).value(POINTS)).all()


def test_a_morph_whose_measuring_memory_runs_out_for_is_kept(three, monkeypatch):
    def fail(*_, **settings):
        raise SurfaceMemoryError("There is not enough memory.")

    monkeypatch.setattr("neural_shapes.core.geometry.morph_measures.extract_isosurface", fail)
    monkeypatch.setattr("neural_shapes.core.geometry.morph_measures.VOLUME_CELLS", 8)
    shape = _trained(EGGS, until="none")
    assert shape.provenance.steps == shape.provenance.planned_steps
    np.testing.assert_array_equal(
        shape.field.at_time(0.7).value(POINTS), three.field.at_time(0.7).value(POINTS)
    )
    assert (shape.measures, shape.over_time) == ({}, {})
    assert "Memory ran out while the shape was measured" in shape.unmeasured
    assert three.unmeasured == ""


def test_previews_have_the_place_of_the_result():
    """Kept as they stand, the whole is not placed as the first mesh, which is scaled down here."""
    previews: list[NeuralShape] = []

    def preview(report: Progress) -> None:
        if report.phase == "measuring":
            previews.append(report.latest())

    meshes = [EGGS[0], TriangleMesh(0.5 * EGGS[1].vertices + (1.5, 0, 0), EGGS[1].faces)]
    shape = train_morph(
        meshes,
        "joint",
        placement="keep",
        device="cpu",
        threads=1,
        seconds=1.0,
        progress=preview,
        cancelled=lambda: bool(previews),
    )
    assert shape.keys[0].shrinkage < 0.6
    assert previews[0].placement == shape.placement != shape.keys[0].placement


def _at_rates(mode: str, *rates: float):
    """A mode's recipe with its learning rates in the order of its trainings multiplied."""
    recipe = MODES[mode] if mode != "volume" else VOLUME
    if isinstance(recipe, LevelSetRecipe):
        first = replace(recipe.first, learning_rate=rates[0] * recipe.first.learning_rate)
        return replace(recipe, first=first, learning_rate=rates[1] * recipe.learning_rate)
    rates = list(rates)
    flow = {}
    if mode == "volume":
        flow = {"flow": replace(recipe.flow, learning_rate=rates.pop(0) * recipe.flow.learning_rate)}
    levels = zip(recipe.levels, rates, strict=True)
    return replace(
        recipe,
        **flow,
        levels=tuple(replace(level, learning_rate=rate * level.learning_rate) for level, rate in levels),
    )


@pytest.mark.parametrize(
    ("mode", "rates"),
    [
        ("flow", (1e30, 1)),
        ("joint", (1, 1e30)),
        ("blend", (1, 1e30)),
        ("volume", (1e30, 1, 1)),
        ("volume", (1, 1e30, 1)),
    ],
)
def test_a_training_without_numbers_is_told(mode, rates, monkeypatch):
    recipe = _at_rates(mode, *rates)
    monkeypatch.setitem(MODES, mode, recipe)
    monkeypatch.setattr(morph_recipes, "OF_THICKNESS", ((math.inf, recipe),))
    with pytest.raises(NeuralShapesError, match="diverged; train with another seed"):
        _trained(EGGS[:2], mode=mode)


@pytest.mark.parametrize(("flatness", "recipe"), [(1.0, VOLUME), (0.15, SLENDER_VOLUME), (0.03, THIN_VOLUME)])
def test_the_thinner_a_solid_the_more_there_is_to_train(flatness, recipe):
    planned: list[int] = []
    with pytest.raises(Cancelled):
        train_morph(
            [EGGS[0], TriangleMesh(EGGS[1].vertices * (1, 1, flatness), EGGS[1].faces)],
            device="cpu",
            threads=1,
            progress=lambda progress: planned.append(progress.steps),
            cancelled=lambda: bool(planned),
        )
    assert planned[0] == recipe.steps


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"mode": "melt"}, "mode"),
        ({"placement": "throw"}, "placement"),
        ({"seconds": 0.0}, "more than 0"),
        ({"device": "abacus"}, "no device"),
    ],
)
def test_bad_input_is_told_before_any_work(options, reason):
    with pytest.raises(NeuralShapesError, match=reason):
        train_morph(EGGS[:2], **{"device": "cpu", **options})
