"""Morphs whose volume, speed and pieces are known; and each way of failing is told in a sentence."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
import trimesh
from neural_shapes.core.errors import Cancelled
from neural_shapes.core.fields.analytic import Box, Sphere
from neural_shapes.core.fields.field import Field
from neural_shapes.core.geometry import morph_measures
from neural_shapes.core.geometry.distance import SignedDistance
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.geometry.morph_measures import SURFACE_RESOLUTION, MorphMeasures, measure_morph
from neural_shapes.core.geometry.pieces import component_count
from neural_shapes.core.geometry.solid import solid_distance
from neural_shapes.core.meshing.isosurface import extract_isosurface

TIMES = np.linspace(0, 1, 5)
# A rotation off the lattice's axes.
TURN = np.linalg.qr(np.array([[3, 1, 0], [1, -3, 1], [2, 0, 3]], dtype=np.float32))[0]
VELOCITY = np.float32([0.4, 0.0, 0.2])


@dataclass(frozen=True)
class Union:
    """The union of solids as a field."""

    solids: tuple[Field, ...]
    dimension: int = 3

    def value(self, points: np.ndarray) -> np.ndarray:
        return np.min([solid.value(points) for solid in self.solids], axis=0)

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values, gradients = zip(*(solid.value_and_gradient(points) for solid in self.solids), strict=True)
        nearest = np.argmin(values, axis=0)
        rows = np.arange(len(points))
        return np.array(values)[nearest, rows], np.array(gradients)[nearest, rows]


@dataclass(frozen=True)
class Thread(Box):
    """A thin box along a diagonal, in steps smaller than its width where a lattice is fine enough."""

    def value(self, points: np.ndarray) -> np.ndarray:
        return self.value_and_gradient(points)[0]

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values, gradients = super().value_and_gradient(points @ TURN)
        return values, gradients @ TURN.T


@dataclass(frozen=True)
class Morph:
    """A space-time field by its slices; rates are differences in time."""

    at_time: Callable[[float], Field]
    velocity: Callable[[np.ndarray, float], np.ndarray | None] = field(default=lambda points, time: None)
    times: tuple[float, ...] = (0.0, 1.0)

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        time, places = float(points[0, 3]), points[:, :3]
        values, gradients = self.at_time(time).value_and_gradient(places)
        rates = (self.at_time(time + 1e-2).value(places) - self.at_time(time - 1e-2).value(places)) / 2e-2
        return values, np.concatenate([gradients, rates[:, None]], axis=1)


def _measured(morph: Morph, **options) -> MorphMeasures:
    return measure_morph(morph, times=TIMES, **options)


def _moving(time: float) -> Sphere:
    return Sphere(0.4, tuple((VELOCITY * (time - 0.5)).tolist()))


def test_a_sphere_that_moves_with_its_flow_keeps_its_volume_and_leaves_no_residual():
    carried = Morph(_moving, lambda points, time: np.broadcast_to(VELOCITY, points.shape))
    measures = _measured(carried)
    assert measures.figures["failed"] == ""
    assert measures.figures["drift"] < 3e-3
    assert measures.figures["volume"] == pytest.approx(4 / 3 * np.pi * 0.4**3, rel=2e-3)
    # The mean of |v . n| over a sphere is |v| / 2.
    np.testing.assert_allclose(measures.over_time["normal_speed"], np.linalg.norm(VELOCITY) / 2, rtol=0.05)
    assert measures.figures["residual_share"] < 0.02
    assert measures.figures["eikonal_mean"] < 1e-3
    np.testing.assert_allclose(measures.over_time["step"][1:], np.linalg.norm(VELOCITY) / 4, rtol=0.02)
    assert measures.figures["jump"] == pytest.approx(1, abs=0.02)


def test_a_shape_that_stands_still_does_not_fail():
    still = Morph(lambda time: Sphere(0.4), lambda points, time: np.zeros_like(points))
    measures = _measured(still)
    assert measures.figures["failed"] == ""
    assert max(measures.over_time["step"]) < 1e-6
    assert max(measures.over_time["normal_speed"]) < 1e-6


def test_a_flow_that_stands_still_leaves_the_whole_speed_as_residual():
    still = Morph(_moving, lambda points, time: np.zeros_like(points))
    assert _measured(still).figures["residual_share"] == pytest.approx(1, abs=1e-3)


def test_without_a_flow_there_is_no_residual():
    measures = _measured(Morph(_moving))
    assert "residual_share" not in measures.figures
    assert np.isnan(measures.over_time["level_set_residual"]).all()


def test_the_ends_are_compared_with_their_meshes():
    ends = []
    for radius in (0.4, 0.41):
        solid = trimesh.creation.icosphere(subdivisions=4, radius=radius)
        ends.append(SignedDistance(TriangleMesh(solid.vertices + _moving(len(ends)).centre, solid.faces)))
    figures = _measured(Morph(_moving), ends=tuple(ends)).figures
    assert figures["chamfer_to_key_0"] < 1.5e-3
    assert figures["chamfer_from_key_1"] == pytest.approx(0.01, abs=1.5e-3)
    assert figures["volume_error_at_key_1"] == pytest.approx((0.4 / 0.41) ** 3 - 1, abs=5e-3)


def test_the_volume_of_a_key_whose_parts_cross_is_that_of_the_whole(solids):
    cross = Union((Box((0.7, 0.25, 0.25)), Box((0.25, 0.7, 0.2))))
    end = solid_distance(solids.joined(*(solids.box(box.half_size) for box in cross.solids)))
    figures = _measured(Morph(lambda time: cross), ends=(end, end)).figures
    assert figures["volume_error_at_key_0"] == pytest.approx(0, abs=5e-3)


def test_drift_is_measured_and_told_unless_the_morph_does_not_keep_its_volume():
    growing = Morph(lambda time: Sphere(0.4 + 0.1 * time))
    measures = _measured(growing)
    assert measures.figures["drift"] == pytest.approx(1.25**3 - 1, rel=0.01)
    assert "volume drifts by 95%" in measures.figures["failed"]
    assert _measured(growing, keeps_volume=False).figures["failed"] == ""


def test_a_speck_whose_volume_counts_as_nothing_is_told_where_the_volume_should_be_kept(monkeypatch):
    speck = Morph(lambda time: Sphere(0.02))
    monkeypatch.setattr(morph_measures, "VOLUME_CELLS", 8)
    measures = _measured(speck)
    assert measures.figures["components"] == 1
    assert "drift" not in measures.figures
    assert measures.figures["failed"] == "The shape has no volume to keep at time 0.00; train for longer."
    assert _measured(speck, keeps_volume=False).figures["failed"] == ""


def test_a_part_thinner_than_the_lattice_is_not_taken_for_a_break():
    def thread(time: float) -> Thread:
        return Thread((0.7, 0.004, 0.004))

    assert component_count(extract_isosurface(thread(0.0), SURFACE_RESOLUTION).mesh) > 1
    assert _measured(Morph(thread)).figures["components"] == 1


def test_a_shape_that_vanishes_breaks_up_or_jumps_says_so():
    def splitting(time: float) -> Union:
        return Union((Sphere(0.3, (0.5 * time, 0, 0)), Sphere(0.3, (-0.5 * time, 0, 0))))

    def vanishing(time: float) -> Sphere:
        return Sphere(0.4 if abs(time - 0.5) > 0.1 else -0.1)

    def jumping(time: float) -> Sphere:
        return Sphere(0.3, (-0.5 + 0.01 * time if time < 0.6 else 0.5, 0, 0))

    assert "vanishes at time 0.50" in _measured(Morph(vanishing)).figures["failed"]
    assert "breaks up into 2 pieces" in _measured(Morph(splitting)).figures["failed"]
    assert "jumps at time 0.75" in _measured(Morph(jumping)).figures["failed"]


def test_measuring_can_be_stopped_within_a_moment():
    """One of a barely trained field takes longer than an artist waits for a cancel."""
    told = []

    def stop(share: float) -> None:
        told.append(share)
        if len(told) > 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        _measured(Morph(lambda time: Sphere(0.4)), progress=stop)
    assert told == [0.0, 0.0]
