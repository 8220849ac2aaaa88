"""Every figure has the value that geometry gives it, for fields whose errors are known exactly."""

from dataclasses import dataclass

import numpy as np
import pytest
from neural_shapes.core.fields.analytic import Sphere, Torus
from neural_shapes.core.fields.field import Field
from neural_shapes.core.geometry.distance import SignedDistance
from neural_shapes.core.geometry.measures import Measures, measure_field
from neural_shapes.core.geometry.pieces import component_count, stray_pieces
from neural_shapes.core.geometry.surface_errors import surface_errors

RADIUS = 0.6
SPHERE_SHARE = 4 / 3 * np.pi * RADIUS**3 / 8


@dataclass(frozen=True)
class Affine:
    """scale * field + shift."""

    field: Field
    scale: float = 1.0
    shift: float = 0.0
    dimension: int = 3

    def value(self, points: np.ndarray) -> np.ndarray:
        return self.value_and_gradient(points)[0]

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value, gradient = self.field.value_and_gradient(points)
        return np.float32(self.scale) * value + np.float32(self.shift), np.float32(self.scale) * gradient


@dataclass(frozen=True)
class Union:
    """The smaller of two fields."""

    first: Field
    second: Field
    dimension: int = 3

    def value(self, points: np.ndarray) -> np.ndarray:
        return self.value_and_gradient(points)[0]

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values, gradients = zip(
            *(field.value_and_gradient(points) for field in (self.first, self.second)), strict=True
        )
        nearer = values[0] <= values[1]
        return np.where(nearer, *values), np.where(nearer[:, None], *gradients)


@dataclass(frozen=True)
class Tilted:
    """A field whose gradient, unlike its value, is turned about the z axis by an angle."""

    field: Field
    degrees: float
    dimension: int = 3

    def value(self, points: np.ndarray) -> np.ndarray:
        return self.field.value(points)

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value, gradient = self.field.value_and_gradient(points)
        cosine, sine = np.cos(np.radians(self.degrees)), np.sin(np.radians(self.degrees))
        turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]], dtype=np.float32)
        return value, gradient @ turn.T


@pytest.fixture(scope="module")
def distance(solids) -> SignedDistance:
    return SignedDistance(solids.sphere(RADIUS, subdivisions=6))


@pytest.fixture(scope="module")
def exact(distance) -> Measures:
    return measure_field(Sphere(RADIUS), distance)


def test_the_exact_field_has_no_errors(exact: Measures) -> None:
    # What is left is the flatness of faces: the sphere's are 0.02 wide, the lattice's cells 0.008.
    assert exact.chamfer < 3e-5
    assert exact.hausdorff < 2e-4
    assert exact.surface_value < 3e-5
    assert exact.distance_error < 5e-5
    assert exact.normal_degrees < 0.6
    assert exact.sign_error < 2e-4
    assert exact.eikonal_max < 1e-5
    assert exact.lipschitz == pytest.approx(1, abs=1e-5)
    assert exact.volume == pytest.approx(4 / 3 * np.pi * RADIUS**3, rel=1e-3)
    assert exact.components == 1
    assert exact.failed == ""


def test_a_surface_moved_by_a_length_is_that_far_away(distance) -> None:
    measures = measure_field(Affine(Sphere(RADIUS), shift=-0.01), distance)
    for name in ("chamfer", "hausdorff", "hausdorff_99", "surface_value", "distance_error"):
        assert getattr(measures, name) == pytest.approx(0.01, abs=3e-4), name
    larger = 4 / 3 * np.pi * (RADIUS + 0.01) ** 3
    assert measures.volume == pytest.approx(larger, rel=1e-3)
    assert measures.sign_error == pytest.approx(larger / 8 - SPHERE_SHARE, rel=0.1)


def test_slopes_are_told(distance) -> None:
    measures = measure_field(Affine(Sphere(RADIUS), scale=1.5), distance)
    assert measures.eikonal_mean == pytest.approx(0.5, abs=1e-4)
    assert measures.eikonal_max == pytest.approx(0.5, abs=1e-4)
    assert measures.lipschitz == pytest.approx(1.5, abs=1e-4)
    points = np.random.default_rng(5).uniform(-1, 1, (200_000, 3)).astype(np.float32)
    assert measures.distance_error == pytest.approx(
        0.5 * np.abs(Sphere(RADIUS).value(points)).mean(), rel=0.02
    )
    assert measures.failed == ""


def test_normals_are_the_fields_own_against_those_of_the_faces(distance) -> None:
    measures = measure_field(Tilted(Sphere(RADIUS), 20.0), distance)
    # At latitude l a turn about the axis is an angle of 2 asin(cos(l) sin(10 degrees)).
    cos_latitude = np.sqrt(1 - np.linspace(-1, 1, 20_001) ** 2)
    expected = np.degrees(2 * np.arcsin(cos_latitude * np.sin(np.radians(10)))).mean()
    assert measures.normal_degrees == pytest.approx(expected, abs=0.2)


def test_chamfer_is_the_mean_of_both_sides_and_hausdorff_the_worse(solids) -> None:
    # From A every point of B is near, but from B a quarter of the area of A (one of four spheres) is far.
    near = [solids.sphere(0.1, (x, 0, 0), 5) for x in (-0.6, -0.2, 0.2)]
    far = solids.sphere(0.1, (0.2, 0.7, 0), 5)
    errors = surface_errors(
        SignedDistance(solids.joined(*near, far)),
        SignedDistance(solids.joined(*near)),
        np.random.default_rng(0),
    )
    samples = far.vertices - [0.2, 0, 0]
    from_far = np.linalg.norm(samples, axis=1) - 0.1
    assert errors.hausdorff == pytest.approx(from_far.max(), rel=1e-3)
    assert errors.hausdorff_99 == pytest.approx(np.quantile(from_far, 0.96), rel=1e-2)
    assert errors.chamfer == pytest.approx(from_far.mean() / 4 / 2, rel=0.03)


def test_components_are_counted(solids, distance) -> None:
    spheres = [solids.sphere(0.1, (x, 0, 0), 2) for x in (-0.5, 0, 0.5)]
    assert component_count(solids.joined(*spheres)) == 3


def test_pieces_are_astray_when_nothing_of_them_is_near(solids) -> None:
    source = SignedDistance(solids.joined(*(solids.sphere(0.1, (x, 0, 0), 3) for x in (-0.5, 0.5))))
    near = [solids.sphere(radius, (x, 0, 0), 2) for x, radius in ((-0.5, 0.115), (0.5, 0.1))]
    # Its far side is 0.05 away from the source.
    crossing = solids.sphere(0.1, (0.55, 0, 0), 3)
    away = [solids.sphere(0.05, (0, y, 0), 2) for y in (-0.5, 0.0, 0.5)]
    assert stray_pieces(solids.joined(near[0], crossing), source, 0.02) == 0
    assert stray_pieces(solids.joined(away[0], *near, *away[1:]), source, 0.02) == 3


def test_an_empty_field_fails_with_a_sentence_and_what_can_be_measured(distance) -> None:
    measures = measure_field(Affine(Sphere(RADIUS), shift=2.0), distance)
    assert "no surface" in measures.failed
    assert measures.components == 0
    assert "chamfer" not in measures.as_dict()
    assert measures.as_dict()["sign_error"] == pytest.approx(SPHERE_SHARE, rel=0.05)


def test_a_field_without_numbers_fails_without_figures(distance) -> None:
    measures = measure_field(Affine(Sphere(RADIUS), scale=np.nan), distance)
    assert "no surface" in measures.failed
    assert "surface_value" not in measures.as_dict()


def test_an_inverted_field_fails_as_inside_out(distance) -> None:
    measures = measure_field(Affine(Sphere(RADIUS), scale=-1.0), distance)
    assert "inside out" in measures.failed
    assert measures.normal_degrees == pytest.approx(180, abs=1)


def test_a_field_with_wrong_signs_fails_with_their_share(distance) -> None:
    measures = measure_field(Torus(RADIUS, 0.2), distance)
    assert measures.sign_error > 0.02
    assert f"{measures.sign_error:.0%}" in measures.failed


def test_a_blob_away_from_the_source_fails_as_a_stray_piece(distance) -> None:
    measures = measure_field(Union(Sphere(RADIUS), Sphere(0.05, (0.8, 0.8, 0.8))), distance)
    assert (measures.stray_pieces, measures.components) == (1, 2)
    assert "1 piece away from the source" in measures.failed


def test_a_lost_part_fails_with_its_share_of_the_area(solids) -> None:
    spike = solids.sphere(0.05, (0.8, 0.0, 0.0), subdivisions=4)
    source = SignedDistance(solids.joined(solids.sphere(RADIUS, subdivisions=6), spike))
    measures = measure_field(Sphere(RADIUS), source)
    share = 0.05**2 / (0.05**2 + RADIUS**2)
    assert measures.missing_share == pytest.approx(share, rel=0.1)
    assert f"missing, {measures.missing_share:.1%}" in measures.failed


def test_figures_are_named_as_the_command_line_prints_them(exact: Measures) -> None:
    printed = {
        *("chamfer", "hausdorff", "hausdorff_99", "normal_degrees", "surface_value", "sign_error"),
        *("eikonal_mean", "lipschitz", "volume", "components", "failed"),
    }
    assert printed <= exact.as_dict().keys()
    assert all(type(value) in (float, int, str) for value in exact.as_dict().values())


def test_measuring_repeats_itself(distance, exact: Measures) -> None:
    assert measure_field(Sphere(RADIUS), distance) == exact
