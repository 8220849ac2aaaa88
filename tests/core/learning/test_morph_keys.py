"""The keys of a morph: where meshes are put, and one volume for all."""

from dataclasses import replace

import numpy as np
import pytest
import trimesh
from neural_shapes.core.errors import NeuralShapesError
from neural_shapes.core.fields.nested import Level, NestedField
from neural_shapes.core.fields.siren import Siren
from neural_shapes.core.fields.space_time import SpaceTimeField, TrainedSegment
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.learning.morph_keys import placed_keys
from neural_shapes.core.neural_shape import NeuralShape


def _box(size: tuple[float, float, float], centre: tuple[float, float, float]) -> TriangleMesh:
    solid = trimesh.creation.box(size)
    return TriangleMesh(solid.vertices + centre, solid.faces)


def _sorted(points: np.ndarray) -> np.ndarray:
    return points[np.lexsort(np.round(points, 6).T)]


def _still(dimension: int) -> Siren:
    weights = (np.zeros((2, dimension), np.float32), np.zeros((1, 2), np.float32))
    return Siren(weights, (np.zeros(2, np.float32), np.zeros(1, np.float32)), 1.0, 1.0)


MOVING = SpaceTimeField((TrainedSegment(NestedField((Level(_still(4), 0.1),))),), (0.0, 1.0))
FACES = np.empty((0, 3))
MESHES = [_box((4, 2, 2), (10, 0, 0)), _box((1, 1, 1), (13, 1, 0))]


@pytest.mark.parametrize("placement", ["fit", "keep"])
def test_all_keys_have_the_smallest_volume_and_their_placements_say_where_they_are(placement):
    keys, _ = placed_keys(MESHES, ["a", "b"], placement, equal_volumes=True)
    smallest = min(key.key.volume for key in keys)
    for key, mesh in zip(keys, MESHES, strict=True):
        assert key.solid.mesh.volume == pytest.approx(smallest)
        placed = key.key.placement.to_domain(mesh.vertices)
        np.testing.assert_allclose(
            np.sort(placed, axis=0), np.sort(key.solid.mesh.vertices, axis=0), atol=1e-9
        )


def test_scaling_to_one_volume_leaves_the_centre_of_the_bounding_box_in_place():
    unscaled, whole = placed_keys(MESHES, ["a", "b"], "keep", equal_volumes=False)
    scaled, _ = placed_keys(MESHES, ["a", "b"], "keep", equal_volumes=True)
    for one, other in zip(unscaled, scaled, strict=True):
        np.testing.assert_allclose(
            one.solid.mesh.vertices.mean(axis=0), other.solid.mesh.vertices.mean(axis=0), atol=1e-9
        )
    assert unscaled[0].key.placement == whole
    assert unscaled[0].key.placement == unscaled[1].key.placement


@pytest.mark.parametrize(("placement", "volume"), [("fit", 16.0), ("keep", 1.0)])
def test_shown_with_one_volume_fitted_meshes_are_as_large_as_the_first_and_kept_ones_as_the_smallest(
    placement, volume
):
    keys, whole = placed_keys(MESHES, ["a", "b"], placement, equal_volumes=True)
    shape = NeuralShape(MOVING, whole, keys=tuple(key.key for key in keys))
    for time, key in enumerate(keys):
        shown = shape.at_time(time).placement.mesh_to_object(key.solid.mesh)
        assert shown.volume == pytest.approx(volume)


@pytest.mark.parametrize("placement", ["fit", "keep"])
def test_shown_with_their_true_volumes_kept_meshes_are_themselves_and_fitted_ones_as_large_as_placed(
    placement,
):
    keys, whole = placed_keys(MESHES, ["a", "b"], placement, equal_volumes=True)
    shape = NeuralShape(MOVING, whole, keys=tuple(key.key for key in keys))
    shown = [
        TriangleMesh(
            shape.at_time(time, true_volume=True).placement.to_object(key.solid.mesh.vertices), FACES
        )
        for time, key in enumerate(keys)
    ]
    np.testing.assert_allclose(_sorted(shown[0].vertices), _sorted(MESHES[0].vertices), atol=1e-9)
    if placement == "keep":
        np.testing.assert_allclose(_sorted(shown[1].vertices), _sorted(MESHES[1].vertices), atol=1e-9)
    extents = [np.ptp(mesh.vertices, axis=0) for mesh in shown]
    expected = keys[1].key.volume / keys[0].key.volume
    assert np.prod(extents[1]) / np.prod(extents[0]) == pytest.approx(expected)
    # The volume goes linearly, so that its cube root is what lengths are scaled by half-way.
    half = shape.at_time(0.5, true_volume=True).placement.scale
    ends = [shape.at_time(time, true_volume=True).placement.scale for time in (0.0, 1.0)]
    assert half**-3 == pytest.approx(np.mean([end**-3 for end in ends]))


def test_fitted_keys_fill_the_domain_and_the_whole_is_placed_as_the_first():
    keys, whole = placed_keys(MESHES, ["a", "b"], "fit", equal_volumes=False)
    for key in keys:
        assert np.abs(key.solid.mesh.vertices).max() == pytest.approx(0.9)
    np.testing.assert_allclose(whole.centre, (10, 0, 0), atol=1e-12)


def test_the_volume_of_an_open_mesh_is_counted():
    open_box = TriangleMesh(MESHES[1].vertices, MESHES[1].faces[1:])
    keys, _ = placed_keys([MESHES[0], open_box], ["a", "b"], "fit", equal_volumes=False)
    assert keys[1].key.volume == pytest.approx(1.8**3, rel=0.08)


def test_what_parts_that_cross_have_in_common_counts_once_in_the_volume():
    bars = [_box(tuple(np.roll((1.8, 0.5, 0.5), axis)), (0, 0, 0)) for axis in range(3)]
    cross = TriangleMesh(
        np.concatenate([bar.vertices for bar in bars]),
        np.concatenate([bar.faces + 8 * index for index, bar in enumerate(bars)]),
    )
    keys, _ = placed_keys([cross, bars[0]], ["a", "b"], "fit", equal_volumes=False)
    assert keys[0].key.volume == pytest.approx(3 * 0.45 - 2 * 0.125, rel=2e-3)
    assert keys[1].key.volume == pytest.approx(0.45)


def test_meshes_too_far_apart_or_too_different_in_size_are_refused_unless_they_are_fitted():
    for other in (_box((2, 2, 2), (100, 0, 0)), _box((0.1, 0.1, 0.1), (10, 0, 0))):
        meshes = [MESHES[0], other]
        with pytest.raises(NeuralShapesError, match="too small beside the others, or too far away"):
            placed_keys(meshes, ["a", "b"], "keep", equal_volumes=False)
        assert len(placed_keys(meshes, ["a", "b"], "fit", equal_volumes=True)[0]) == 2


def test_the_thickness_is_that_of_a_plate_after_scaling():
    plate, cube = _box((4, 4, 0.2), (0, 0, 0)), _box((4, 4, 4), (0, 0, 0))
    keys, _ = placed_keys([plate, cube], ["a", "b"], "fit", equal_volumes=True)
    # The largest coordinate becomes 0.9; edges have area too.
    volume, area = 1.8**2 * 0.09, 2 * 1.8**2 + 4 * 1.8 * 0.09
    assert keys[0].thickness == pytest.approx(2 * volume / area)
    assert keys[1].thickness == pytest.approx(2 * volume / (6 * volume ** (2 / 3)))


def test_a_mesh_without_any_inside_is_refused():
    sheet = TriangleMesh(np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0.0]]), np.array([[0, 1, 2]]))
    with pytest.raises(NeuralShapesError, match="encloses nothing"):
        placed_keys([MESHES[0], sheet], ["a", "b"], "fit", equal_volumes=True)


def test_the_same_shape_however_small_far_and_open_is_placed_alike_when_it_is_fitted():
    far = TriangleMesh(1e-3 * MESHES[0].vertices + (50, 0, 0), MESHES[0].faces[1:])
    keys, _ = placed_keys([MESHES[0], far], ["a", "b"], "fit", equal_volumes=True)
    first, second = (key.solid.mesh.vertices for key in keys)
    np.testing.assert_allclose(_sorted(first), _sorted(second), atol=0.03)


def test_the_same_mesh_twice_has_the_same_place_twice():
    (first, second), _ = placed_keys([MESHES[0]] * 2, ["a", "b"], "fit", equal_volumes=True)
    assert first.key == replace(second.key, source="a")
    np.testing.assert_array_equal(first.solid.mesh.vertices, second.solid.mesh.vertices)


def test_one_mesh_is_no_morph():
    with pytest.raises(NeuralShapesError, match="at least two meshes"):
        placed_keys(MESHES[:1], ["a"], "fit", equal_volumes=True)
