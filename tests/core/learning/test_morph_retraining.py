"""One segment of a morph is trained anew: alone, at will, and cancelled without losing the others."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import trimesh
from neural_shapes.core.errors import Cancelled, NeuralShapesError
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.learning import morph, space_time_nesting
from neural_shapes.core.learning.morph_keys import placed_keys, same_place
from neural_shapes.core.learning.morph_recipes import BLEND
from neural_shapes.core.learning.progress import Progress
from neural_shapes.core.neural_shape import NeuralShape

POINTS = np.random.default_rng(0).uniform(-1, 1, (300, 3)).astype(np.float32)


def _egg(*radii: float) -> TriangleMesh:
    solid = trimesh.creation.icosphere(subdivisions=1, radius=1.0)
    return TriangleMesh(solid.vertices * radii, solid.faces)


# Of a blend, by the least share of its recipe.
STEPS_OF_A_KEY = sum(round(level.steps * morph.SMALLEST_SHARE) for level in BLEND.levels)
EGGS = [_egg(1, 0.6, 0.6), _egg(0.6, 1, 0.6), _egg(0.6, 0.6, 1), _egg(0.9, 0.9, 0.6)]


@pytest.fixture(scope="module", autouse=True)
def quick():
    """Steps are not timed, and thresholds are measured coarsely."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(space_time_nesting, "RESOLUTION", 12)
        patch.setattr(space_time_nesting, "TIMES", np.linspace(0, 1, 2))
        patch.setattr(morph, "expected_seconds", lambda recipe, device: {"distances": 1.0, "training": 1.0})
        yield


def _trained(mode: str = "flow", after: int = 10**9, **options) -> NeuralShape:
    """A morph of the eggs by a hundredth of the mode's steps, cancelled after a step or to be measured."""
    reported: list[Progress] = []
    return morph.train_morph(
        EGGS,
        mode,
        device="cpu",
        threads=1,
        seconds=1.0,
        progress=reported.append,
        cancelled=lambda: any(report.phase == "measuring" or report.step >= after for report in reported),
        **options,
    )


def _values(shape: NeuralShape, time: float) -> np.ndarray:
    return shape.field.at_time(time).value(POINTS)


@pytest.fixture(scope="module")
def earlier() -> NeuralShape:
    return _trained()


def test_a_chosen_segment_is_trained_anew_and_the_others_are_kept(earlier):
    changed = _trained(start=earlier, retrain=[1], seed=5)
    assert changed.provenance.steps == earlier.provenance.steps / 3
    for time in (0.1, 0.9):
        np.testing.assert_array_equal(_values(changed, time), _values(earlier, time))
    assert np.abs(_values(changed, 0.5) - _values(earlier, 0.5)).max() > 1e-3


@pytest.fixture
def every_step_is_told(monkeypatch):
    monkeypatch.setattr("neural_shapes.core.learning.progress.REPORT_INTERVAL", 0.0)


def test_cancelled_the_segments_after_the_one_in_training_are_there_still(earlier, every_step_is_told):
    changed = _trained(start=earlier, retrain=[1], after=10)
    assert changed.provenance.steps < changed.provenance.planned_steps
    assert changed.field.times == earlier.field.times
    for time in (0.1, 0.9):
        np.testing.assert_array_equal(_values(changed, time), _values(earlier, time))


def test_cancelled_before_its_first_field_a_segment_leaves_those_before_it(every_step_is_told):
    shape = _trained("blend", after=2 * STEPS_OF_A_KEY + 1)
    assert [key.source for key in shape.keys] == ["mesh 1", "mesh 2"]


@pytest.mark.parametrize("mode", ["flow", "blend"])
def test_cancelled_before_anything_is_new_an_earlier_morph_is_not_cut_short(
    request, mode, every_step_is_told
):
    """The flow's first steps train its first shape, and are no field yet."""
    before = request.getfixturevalue({"flow": "earlier", "blend": "blended"}[mode])
    with pytest.raises(Cancelled):
        _trained(mode, start=before, retrain=[1], after=1)


def test_cancelled_before_its_first_field_a_segment_is_the_earlier_one(earlier, every_step_is_told):
    steps = earlier.provenance.steps // 3
    changed = _trained(start=earlier, retrain=[0, 2], seed=5, after=steps + 1)
    assert steps < changed.provenance.steps < changed.provenance.planned_steps
    for time in (0.5, 0.9):
        np.testing.assert_array_equal(_values(changed, time), _values(earlier, time))
    assert np.abs(_values(changed, 0.1) - _values(earlier, 0.1)).max() > 1e-3


@pytest.fixture(scope="module")
def blended() -> NeuralShape:
    return _trained("blend")


def _assert_meeting(shape: NeuralShape) -> None:
    for index, (before, after) in enumerate(pairwise(shape.field.segments)):
        np.testing.assert_allclose(
            before.at_time(1.0).value(POINTS), after.at_time(0.0).value(POINTS), atol=1e-5, err_msg=index
        )


@pytest.mark.parametrize(
    ("segment", "new", "kept"), [(0, (0.0, 1 / 3), (2 / 3, 1.0)), (1, (1 / 3, 2 / 3), (0.0, 1.0))]
)
def test_a_segment_of_a_blend_is_trained_anew_by_both_its_keys(blended, segment, new, kept):
    changed = _trained("blend", start=blended, retrain=[segment], seed=5)
    assert changed.provenance.steps == changed.provenance.planned_steps == 2 * STEPS_OF_A_KEY
    for time in new:
        assert np.abs(_values(changed, time) - _values(blended, time)).max() > 1e-3
    for time in kept:
        np.testing.assert_allclose(_values(changed, time), _values(blended, time), atol=1e-5)
    _assert_meeting(changed)


def test_cancelled_between_its_keys_a_segment_of_a_blend_meets_its_neighbours(blended, every_step_is_told):
    changed = _trained("blend", start=blended, retrain=[1], seed=5, after=STEPS_OF_A_KEY + 1)
    assert changed.provenance.steps < changed.provenance.planned_steps
    assert changed.field.times == blended.field.times
    assert np.abs(_values(changed, 1 / 3) - _values(blended, 1 / 3)).max() > 1e-3
    np.testing.assert_allclose(_values(changed, 2 / 3), _values(blended, 2 / 3), atol=1e-5)
    assert changed.field.segments[2] is blended.field.segments[2]
    _assert_meeting(changed)


def test_a_shape_that_is_no_morph_is_no_start(earlier):
    with pytest.raises(NeuralShapesError, match="is no morph"):
        _trained(start=earlier.at_time(0.5))


def _placed(meshes: list[TriangleMesh], placement: str, before: NeuralShape | None, earlier: NeuralShape):
    """The keys of meshes after an edit, and a morph that has them."""
    placed, whole = placed_keys(meshes, "abc", placement, True, before)
    keys = tuple(each.key for each in placed)
    return keys, replace(earlier, placement=whole, keys=keys)


LARGEST_AND_SMALLEST = [_egg(0.8, 0.6, 0.7), _egg(0.7, 1.2, 0.9), _egg(0.3, 0.5, 0.4)]


@pytest.mark.parametrize("placement", ["fit", "keep"])
@pytest.mark.parametrize(("edited", "mesh"), [(1, _egg(0.7, 1.1, 0.9)), (2, _egg(0.35, 0.5, 0.4))])
def test_meshes_stay_in_place_while_the_largest_or_the_smallest_one_is_edited(
    earlier, placement, edited, mesh
):
    before, shape = _placed(LARGEST_AND_SMALLEST, placement, None, earlier)
    meshes = [mesh if index == edited else each for index, each in enumerate(LARGEST_AND_SMALLEST)]
    after, _ = _placed(meshes, placement, shape, earlier)
    for index in {0, 1, 2} - {edited}:
        assert same_place(after[index].placement, before[index].placement)
    common = min(key.volume for key in before)
    np.testing.assert_allclose([key.volume * key.shrinkage**3 for key in after], common, rtol=1e-5)


@pytest.mark.parametrize("mesh", [_egg(0.7, 1.3, 0.9), _egg(0.25, 0.4, 0.4)])
def test_a_mesh_that_leaves_the_domain_or_has_less_volume_has_all_placed_anew(earlier, mesh):
    _, shape = _placed(LARGEST_AND_SMALLEST, "keep", None, earlier)
    meshes = [*LARGEST_AND_SMALLEST[:2], mesh]
    assert _placed(meshes, "keep", shape, earlier)[0] == _placed(meshes, "keep", None, earlier)[0]


@pytest.mark.parametrize(("before", "after"), [("keep", "fit"), ("fit", "keep")])
def test_an_earlier_morph_that_was_placed_otherwise_does_not_matter(earlier, before, after):
    """The first mesh is the largest, and its own domain, in which it is scaled down, would hold them all."""
    meshes = [_egg(1.2, 1.1, 1.0), *LARGEST_AND_SMALLEST[::2]]
    _, shape = _placed(meshes, before, None, earlier)
    expected, _ = _placed(meshes, after, None, earlier)
    assert _placed(meshes, after, shape, earlier)[0] == expected


def test_there_is_no_segment_after_the_last_one(earlier):
    with pytest.raises(NeuralShapesError, match="segments 0 to 2, and no segment 3"):
        _trained(start=earlier, retrain=[3])
