"""An isosurface is that of the whole lattice, at a fraction of its evaluations."""

from dataclasses import dataclass, field

import igl
import numpy as np
import pytest
from neural_shapes.core.fields.analytic import Box, Sphere, Torus
from neural_shapes.core.fields.siren import Siren
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.geometry.sampling import BEYOND_DOMAIN
from neural_shapes.core.meshing import isosurface
from neural_shapes.core.meshing.isosurface import IsosurfaceError, NoSurfaceError, extract_isosurface
from skimage.measure import marching_cubes


@dataclass
class Rippled:
    """A sphere with ripples steeper than a distance, in parts, that counts its evaluations."""

    radius: float = 0.6
    height: float = 0.06
    frequency: float = 17.0
    dimension: int = 3
    evaluations: list[int] = field(default_factory=list)

    def value(self, points: np.ndarray) -> np.ndarray:
        self.evaluations.append(len(points))
        return self.value_and_gradient(points)[0]

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value, gradient = Sphere(self.radius).value_and_gradient(points)
        phase = np.float32(self.frequency) * points
        sine, cosine = np.sin(phase), np.cos(phase)
        slopes = np.stack(
            [np.delete(sine, axis, axis=1).prod(axis=1) * cosine[:, axis] for axis in range(3)], 1
        )
        return value + self.height * sine.prod(axis=1), gradient + self.height * self.frequency * slopes


class Repeating(Sphere):
    """A sphere in the cube that networks are sampled in, and beyond it the same again, as sines repeat."""

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        side = np.float32(2 * (1 + BEYOND_DOMAIN))
        repeated = points - side * np.rint(points / side)
        return super().value_and_gradient(repeated)


# Of vertices in float32; a network's values also round otherwise where another number of points is evaluated
# at once, by up to 6e-6 in a vertex on some processors.
ROUNDING, NETWORK_ROUNDING = 2e-7, 2e-5


def untrained_network() -> Siren:
    """A (32,1) network as it is initialised, scaled to steep slopes: a surface of many folds and parts."""
    generator = np.random.default_rng(3)
    shapes, bounds = [(32, 3), (32, 32), (1, 32)], [1 / 3, np.sqrt(6 / 32) / 30, 0.4]
    weights = tuple(
        generator.uniform(-b, b, s).astype(np.float32) for s, b in zip(shapes, bounds, strict=True)
    )
    return Siren(weights, tuple(np.zeros(s[0], np.float32) for s in shapes), 12.0, 30.0)


def zero_network() -> Siren:
    """A network that is zero everywhere, as that of a file with no weights but zeros is."""
    weights = (np.zeros((8, 3), np.float32), np.zeros((1, 8), np.float32))
    return Siren(weights, (np.zeros(8, np.float32), np.zeros(1, np.float32)), 30.0, 30.0)


class Touching(Sphere):
    """Zero inside a sphere, and negative outside."""

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value, gradient = super().value_and_gradient(points)
        return -np.maximum(value, 0), -gradient * (value > 0)[:, None]


def dense_isosurface(shape, resolution: int, offset: float = 0.0) -> TriangleMesh:
    axis = np.arange(resolution + 1) * (2 / resolution) - 1
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    values = shape.value(points.astype(np.float32)).reshape((resolution + 1,) * 3)
    vertices, faces, _, _ = marching_cubes(values - np.float32(offset), 0.0)
    return TriangleMesh(vertices * (2 / resolution) - 1, faces)


def assert_closed_and_outward(mesh: TriangleMesh) -> None:
    assert igl.is_edge_manifold(mesh.faces)[0]
    assert not len(igl.boundary_facets(mesh.faces)[0])
    assert mesh.volume > 0


@pytest.mark.parametrize("resolution", [64, 100, 131], ids=lambda r: f"{r}^3")
@pytest.mark.parametrize(
    "shape", [Rippled(), Torus(), Box(), untrained_network()], ids=lambda s: type(s).__name__
)
def test_the_surface_is_the_same_as_from_a_dense_evaluation(shape, resolution: int) -> None:
    expected = dense_isosurface(shape, resolution)
    mesh = extract_isosurface(shape, resolution).mesh
    np.testing.assert_array_equal(mesh.faces, expected.faces)
    rounding = NETWORK_ROUNDING if isinstance(shape, Siren) else ROUNDING
    np.testing.assert_allclose(mesh.vertices, expected.vertices, atol=rounding)


@pytest.mark.parametrize("offset", [-0.2, 0.05])
def test_an_offset_surface_is_the_same_as_from_a_dense_evaluation(offset: float) -> None:
    expected = dense_isosurface(Rippled(), 64, offset)
    mesh = extract_isosurface(Rippled(), 64, offset).mesh
    np.testing.assert_array_equal(mesh.faces, expected.faces)
    np.testing.assert_allclose(mesh.vertices, expected.vertices, atol=ROUNDING)


@pytest.mark.parametrize("shape", [Sphere(0.9), Rippled()], ids=lambda s: type(s).__name__)
def test_at_most_a_tenth_of_the_lattice_is_evaluated(shape) -> None:
    surface = extract_isosurface(shape, 256)
    assert surface.evaluated_share < 0.10
    assert_closed_and_outward(surface.mesh)


def test_the_share_told_is_the_share_evaluated() -> None:
    shape = Rippled()
    surface = extract_isosurface(shape, 64)
    assert surface.evaluated_share == pytest.approx(sum(shape.evaluations) / 65**3)


@pytest.mark.parametrize("offset", [0.0, 0.1, 0.2, 0.5, 1.5, -0.3])
def test_offsets_leave_the_cube_that_networks_are_trained_in(offset: float) -> None:
    mesh = extract_isosurface(Repeating(0.9), 64, offset).mesh
    np.testing.assert_allclose(np.linalg.norm(mesh.vertices, axis=1), 0.9 + offset, atol=1e-3)
    assert_closed_and_outward(mesh)


@pytest.mark.parametrize(("resolution", "error"), [(16, 0.01), (32, 0.002)])
def test_a_large_offset_is_that_from_a_plate_thinner_than_a_cell(resolution: int, error: float) -> None:
    """Between two planes of the lattice, of which a resolution of 16 or 32 has none within the plate."""
    mesh = extract_isosurface(Box((0.6, 0.6, 0.02), (0, 0, 0.0625)), resolution, 0.3).mesh
    np.testing.assert_allclose(np.ptp(mesh.vertices, axis=0)[:2], 1.8, atol=error)


@pytest.mark.parametrize("offset", [0.0, 0.5])
def test_the_spacing_told_is_that_of_the_lattice(offset: float) -> None:
    surface = extract_isosurface(Sphere(0.9), 64, offset)
    steps = surface.mesh.vertices / surface.spacing
    is_on_a_plane = np.abs(steps - np.rint(steps)) < 1e-4
    assert (is_on_a_plane.sum(axis=1) >= 2).all()


def test_normals_point_along_the_gradient() -> None:
    mesh = extract_isosurface(Torus(), 64).mesh
    centres = mesh.corners.mean(axis=1).astype(np.float32)
    _, gradient = Torus().value_and_gradient(centres)
    large = mesh.face_areas > 0.1 * mesh.face_areas.mean()
    assert (np.einsum("ij,ij->i", mesh.face_normals, gradient)[large] > 0.9).all()


def test_a_bound_that_is_too_small_leaves_no_holes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isosurface, "LIPSCHITZ_MARGIN", 0.3)
    mesh = extract_isosurface(Rippled(), 100).mesh
    np.testing.assert_array_equal(mesh.faces, dense_isosurface(Rippled(), 100).faces)


def test_a_surface_that_leaves_the_domain_is_cut_at_its_faces() -> None:
    mesh = extract_isosurface(Sphere(1.2), 64).mesh
    assert np.abs(mesh.vertices).max() == 1
    np.testing.assert_array_equal(mesh.faces, dense_isosurface(Sphere(1.2), 64).faces)


@pytest.mark.parametrize(
    ("shape", "offset"),
    [
        (Sphere(0.5), -0.7),
        (Sphere(0.5, (5, 5, 5)), 0.0),
        (Sphere(9), 0.0),
        (zero_network(), 0.0),
        (Touching(), 0.0),
    ],
    ids=["far inside", "far away", "all inside", "zero everywhere", "zero inside"],
)
def test_no_surface_is_told_in_one_sentence(shape, offset: float) -> None:
    with pytest.raises(NoSurfaceError, match="no surface"):
        extract_isosurface(shape, 64, offset)


@pytest.mark.parametrize("resolution", [0, 7, 1025])
def test_impossible_resolutions_are_told_in_one_sentence(resolution: int) -> None:
    with pytest.raises(IsosurfaceError, match="resolution"):
        extract_isosurface(Sphere(0.5), resolution)


def test_a_lack_of_memory_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*arguments, **settings) -> None:
        raise MemoryError

    monkeypatch.setattr(isosurface, "marching_cubes", no_memory)
    for offset, what in ((0.0, "a resolution of 32; choose a smaller one"), (0.5, "so large an offset")):
        with pytest.raises(IsosurfaceError, match=f"not enough memory for {what}"):
            extract_isosurface(Sphere(0.5), 32, offset)


def test_progress_grows_to_the_whole_and_can_stop_the_work() -> None:
    shares: list[float] = []
    extract_isosurface(Sphere(0.8), 128, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(shares) > 4

    def stop(share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        extract_isosurface(Sphere(0.8), 128, progress=stop)
