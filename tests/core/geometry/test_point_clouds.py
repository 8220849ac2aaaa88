"""Oriented points stand for the surface that they were drawn from, and bad ones get their sentence."""

from pathlib import Path

import numpy as np
import pytest
from neural_shapes.core.errors import NeuralShapesError
from neural_shapes.core.fields.analytic import Sphere, Torus
from neural_shapes.core.geometry.files import read_source, write_mesh
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.geometry.oriented_points import OrientedPoints, PointsError, cleaned_points
from neural_shapes.core.geometry.placement import Placement
from neural_shapes.core.geometry.source import placed_source


def on_sphere(count: int = 2000) -> OrientedPoints:
    normals = np.random.default_rng(0).normal(size=(count, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return OrientedPoints(0.5 * normals, normals)


def on_torus(count: int = 3000) -> OrientedPoints:
    generator = np.random.default_rng(0)
    around, along = generator.uniform(0, 2 * np.pi, (2, 2 * count))
    # Points are as many as there is area.
    kept = generator.random(2 * count) < (0.5 + 0.2 * np.cos(along)) / 0.7
    around, along = around[kept][:count], along[kept][:count]
    outwards = np.stack([np.cos(around), np.sin(around), 0 * around], axis=1)
    normals = np.cos(along)[:, None] * outwards + np.sin(along)[:, None] * [0, 0, 1]
    return OrientedPoints(0.5 * outwards + 0.2 * normals, normals)


@pytest.mark.parametrize("turned", [1, -1], ids=["outward", "inside out"])
@pytest.mark.parametrize(("cloud", "solid"), [(on_sphere(), Sphere()), (on_torus(), Torus())])
def test_distances_are_those_of_the_surface(cloud, solid, turned) -> None:
    cleaned = cleaned_points(OrientedPoints(cloud.points, turned * 3 * cloud.normals))
    distance = placed_source(cleaned, Placement()).solid
    points = np.random.default_rng(1).uniform(-1, 1, (4_000, 3)).astype(np.float32)
    values, exact = distance.signed_distance(points), solid.value(points)
    assert np.abs(values - exact).mean() < 3e-3
    assert ((values < 0) == (exact < 0))[np.abs(exact) > 0.02].all()
    np.testing.assert_allclose(distance.mesh.face_normals[::4], cloud.normals, atol=1e-6)


def test_points_that_differ_by_rounding_are_one() -> None:
    """As two exports of a scan have them; placed in the domain they would be the same."""
    cloud = on_sphere(500)
    points = cloud.points + np.array([0, 0.7, 0])
    points[:50, 1] = 0
    points[50:100] = points[:50] - [0, 3e-17, 0]
    cleaned = cleaned_points(OrientedPoints(points, cloud.normals))
    np.testing.assert_array_equal(cleaned.points, np.delete(points, np.s_[50:100], axis=0))
    placed = Placement.of_mesh(TriangleMesh(cleaned.points, np.empty((0, 3)))).to_domain(cleaned.points)
    assert len(np.unique(placed, axis=0)) == 450


def write_ply(path: Path, cloud: OrientedPoints, names: str = "x y z nx ny nz") -> Path:
    header = ["ply", "format binary_little_endian 1.0", f"element vertex {len(cloud.points)}"]
    header += [f"property float {name}" for name in names.split()]
    data = np.concatenate([cloud.points, cloud.normals], axis=1)[:, : len(names.split())]
    path.write_bytes("\n".join([*header, "end_header\n"]).encode())
    path.write_bytes(path.read_bytes() + data.astype("<f4").tobytes())
    return path


def test_a_ply_file_of_points_with_normals_is_a_source(tmp_path: Path) -> None:
    cloud = on_sphere(500)
    source = read_source(write_ply(tmp_path / "points.ply", cloud))
    np.testing.assert_allclose(source.points, cloud.points, atol=1e-6)
    np.testing.assert_allclose(source.normals, cloud.normals, atol=1e-6)


def test_a_file_with_faces_is_a_mesh(solids, tmp_path: Path) -> None:
    write_mesh(solids.box(), tmp_path / "box.ply")
    assert isinstance(read_source(tmp_path / "box.ply"), TriangleMesh)


def test_points_without_normals_or_too_few_are_refused_in_a_sentence(tmp_path: Path) -> None:
    cloud = on_sphere(500)
    for bad, names, sentence in (
        (cloud, "x y z", "without normals"),
        (on_sphere(20), "x y z nx ny nz", "at least 100"),
        (OrientedPoints(cloud.points, 0 * cloud.normals), "x y z nx ny nz", "has 0 points with normals"),
        (OrientedPoints(cloud.points * [1, 1, 0], cloud.normals), "x y z nx ny nz", "single plane"),
        (OrientedPoints(cloud.points[:, [0, 1, 0]], cloud.normals), "x y z nx ny nz", "single plane"),
        (OrientedPoints(cloud.points * np.nan, cloud.normals), "x y z nx ny nz", "NaN or infinite"),
    ):
        with pytest.raises(NeuralShapesError, match=sentence) as refusal:
            placed_source(read_source(write_ply(tmp_path / "points.ply", bad, names)))
        assert str(refusal.value).endswith(".")
    with pytest.raises(PointsError, match="one normal for each"):
        cleaned_points(OrientedPoints(cloud.points, cloud.normals[1:]))


@pytest.mark.parametrize("size", [1e101, 1.5e308])
@pytest.mark.filterwarnings("ignore:overflow")
def test_points_too_far_apart_to_be_computed_with_are_refused_in_a_sentence(size: float) -> None:
    cloud = on_sphere(500)
    with pytest.raises(PointsError, match="too large for its coordinates"):
        cleaned_points(OrientedPoints(size * (2 * cloud.points), cloud.normals))
