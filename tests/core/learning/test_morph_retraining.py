"""One segment of a morph is trained anew: alone, at will, and cancelled without losing the others."""

from dataclasses import replace

import numpy as np
import pytest
import trimesh
from neural_shapes.core.errors import NeuralShapesError
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


def test_cancelled_the_segments_after_the_one_in_training_are_there_still(earlier, monkeypatch):
    monkeypatch.setattr("neural_shapes.core.learning.progress.REPORT_INTERVAL", 0.0)
    changed = _trained(start=earlier, retrain=[1], after=10)
    assert changed.provenance.steps < changed.provenance.planned_steps
    assert changed.field.times == earlier.field.times
    for time in (0.1, 0.9):
        np.testing.assert_array_equal(_values(changed, time), _values(earlier, time))


def test_cancelled_before_its_first_field_a_segment_leaves_those_before_it(monkeypatch):
    monkeypatch.setattr("neural_shapes.core.learning.progress.REPORT_INTERVAL", 0.0)
    steps = sum(round(level.steps * morph.SMALLEST_SHARE) for level in BLEND.levels)
    shape = _trained("blend", after=2 * steps + 1)
    assert [key.source for key in shape.keys] == ["mesh 1", "mesh 2"]


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


def test_there_is_no_segment_after_the_last_one(earlier):
    with pytest.raises(NeuralShapesError, match="segments 0 to 2, and no segment 3"):
        _trained(start=earlier, retrain=[3])
