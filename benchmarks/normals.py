"""Neural normals on low-poly meshes against what Blender offers: tables over meshes, as Markdown.

    python benchmarks/normals.py MESHES [--shapes FOLDER] [--json FILE]

Low-poly meshes are made by Blender's Decimate, to 2% of the faces. The truth is the high-poly normal at the
closest point, at 100,000 points of the low-poly surface. A shape is trained with the Standard preset, unless
the folder has one of the mesh's name. Seconds are wall time.
"""

import argparse
import json
import time
from pathlib import Path

import bpy
import numpy as np
from low_poly import add, cycles_bake, data_transfer, decimated, empty_file
from neural_shapes.core.fields.field import Field
from neural_shapes.core.geometry.cleaning import cleaned
from neural_shapes.core.geometry.distance import SignedDistance
from neural_shapes.core.geometry.files import SUFFIXES, read_mesh
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.learning.recipes import PRESETS
from neural_shapes.core.learning.torch_field import TorchField
from neural_shapes.core.learning.train import train
from neural_shapes.core.mapping.attributes import Attribute
from neural_shapes.core.mapping.bake import BakeSettings, bake
from neural_shapes.core.mapping.neural_normals import Reach, map_normals
from neural_shapes.core.mapping.transfer import transfer_normals
from neural_shapes.core.mapping.transform import TargetTransform, normalized
from neural_shapes.core.meshing.isosurface import extract_isosurface
from neural_shapes.core.neural_shape import NeuralShape
from neural_shapes.core.shape_file import load
from neural_shapes.core.tracing.camera import Camera
from neural_shapes.core.tracing.render import render
from neural_shapes.core.tracing.shading import display_values, shade
from neural_shapes.scene.bake_target import read_bake_target
from neural_shapes.scene.target_mesh import read_target

RATIO = 0.02
POINTS = 100_000
MAP_SIZE = 1024
CYCLES_SAMPLES = 16
IMAGE_SIZE = (256, 256)
# Marching cubes of the coarse level in the comparison of the seed paper's Figure 5.
COARSE_RESOLUTION = 256
AZIMUTH, ELEVATION = 30, 15

COLUMNS = {
    "smooth": ("smooth normals °", "{:.2f}"),
    "transferred": ("Data Transfer °", "{:.2f}"),
    "neural": ("neural normals °", "{:.2f}"),
    "neural_newton": ("after a Newton step °", "{:.2f}"),
    "neural_corners": ("neural custom normals °", "{:.2f}"),
    "masked": ("masked", "{:.2%}"),
    "seconds": ("100,000 points s", "{:.2f}"),
    "map_difference": ("map against Cycles' °", "{:.2f}"),
    "map_seconds": ("map s", "{:.2f}"),
    "cycles_seconds": ("Cycles s", "{:.2f}"),
    "image_error": ("image error, own normals", "{:.5f}"),
    "image_error_mapped": ("image error, neural normals", "{:.5f}"),
}


def main() -> None:
    """Train or load, compare, print."""
    arguments = _arguments()
    rows = []
    titles = ["mesh", *(title for title, _ in COLUMNS.values())]
    print("| " + " | ".join(titles) + " |\n|" + "---|" * len(titles))
    for path in _files(arguments.meshes):
        source = cleaned(read_mesh(path))
        stored = arguments.shapes / f"{path.stem}.safetensors" if arguments.shapes else None
        shape = load(stored) if stored and stored.exists() else train(source, PRESETS["standard"])
        figures = _figures(shape.placement.mesh_to_domain(source), shape)
        rows.append({"mesh": path.stem, **figures})
        cells = [form.format(figures[name]) for name, (_, form) in COLUMNS.items()]
        print("| " + " | ".join([path.stem, *cells]) + " |", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("meshes", type=Path, nargs="+", help="high-poly meshes, or folders of them")
    parser.add_argument("--shapes", type=Path, help="a folder with shapes that are trained already")
    parser.add_argument("--json", type=Path, help="write the rows to this file as well")
    return parser.parse_args()


def _files(paths: list[Path]) -> list[Path]:
    files = [file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    return [file for file in files if file.suffix.lower() in SUFFIXES]


def _figures(high_mesh: TriangleMesh, shape: NeuralShape) -> dict[str, float]:
    """All comparisons of one mesh, which is placed in the unit domain."""
    empty_file()
    high = add("High", high_mesh)
    low = decimated(high, RATIO)
    field = TorchField(shape.field, "cpu")  # as the worker evaluates it
    return {
        **_errors(SignedDistance(high_mesh), high, low, shape, field),
        **_map_comparison(high, low, shape, field),
        **_image_errors(shape),
    }


def _errors(
    truth: SignedDistance,
    high: bpy.types.Object,
    low: bpy.types.Object,
    shape: NeuralShape,
    field: Field,
) -> dict[str, float]:
    """Mean angles to the high-poly normals over the low-poly surface, for each way to have normals there."""
    target = read_target(low.data, keep_sharp_edges=True)
    positions = target.positions[target.corners.vertices]
    triangles, barycentric = _surface_samples(positions[target.triangles])

    def at_samples(corner_values: np.ndarray) -> np.ndarray:
        return np.einsum("nk,nkx->nx", barycentric, corner_values[target.triangles[triangles]])

    points = at_samples(positions)
    expected = truth.mesh.face_normals[truth.closest_points(points).faces]
    fitted, masked = transfer_normals(field, target, _identity(), Reach.of_field(shape.field))
    map_normals(field, points[:1000], Reach.of_field(shape.field))
    started = time.perf_counter()
    neural = map_normals(field, points, Reach.of_field(shape.field))
    seconds = time.perf_counter() - started
    projected = map_normals(field, points, Reach.of_field(shape.field, newton_steps=1))
    normals = {
        "smooth": at_samples(target.normals),
        "transferred": at_samples(data_transfer(high, low)),
        "neural": neural.normals,
        "neural_newton": projected.normals,
        "neural_corners": at_samples(fitted),
    }
    angles = {name: float(_degrees(normalized(found), expected).mean()) for name, found in normals.items()}
    return {**angles, "masked": masked, "seconds": seconds}


def _surface_samples(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Triangles (N,) and barycentric coordinates (N, 3) of points that are uniform by area."""
    generator = np.random.default_rng(0)
    areas = TriangleMesh(corners.reshape(-1, 3), np.arange(corners.size // 3).reshape(-1, 3)).face_areas
    triangles = generator.choice(len(corners), POINTS, p=areas / areas.sum())
    return triangles, generator.dirichlet([1, 1, 1], POINTS)


def _map_comparison(
    high: bpy.types.Object, low: bpy.types.Object, shape: NeuralShape, field: Field
) -> dict[str, float]:
    """A baked tangent map against that of Cycles: the mean angle between them, and both times."""
    started = time.perf_counter()
    target, _ = read_bake_target(low, bpy.context.evaluated_depsgraph_get(), with_tangents=True)
    settings = BakeSettings(Attribute.NORMAL, MAP_SIZE, MAP_SIZE, margin=0)
    baked = bake(field, target, _identity(), settings, Reach.of_field(shape.field))
    seconds = time.perf_counter() - started
    reference = cycles_bake(high, low, MAP_SIZE, CYCLES_SAMPLES)
    between = _degrees(baked.values[baked.covered], normalized(reference.normals[baked.covered]))
    return {
        "map_difference": float(between.mean()),
        "map_seconds": seconds,
        "cycles_seconds": reference.seconds,
    }


def _image_errors(shape: NeuralShape) -> dict[str, float]:
    """The coarse level's marching cubes with its own and with neural normals (seed paper, Figure 5).

    Mean squares against the fine level's picture, on the pixels that both hit.
    """
    camera = Camera.orbit(AZIMUTH, ELEVATION, IMAGE_SIZE)
    reference = render(shape, camera, IMAGE_SIZE, [len(shape.field.levels) - 1])
    mesh = extract_isosurface(shape.field.level(0), COARSE_RESOLUTION).mesh
    rays = camera.rays(IMAGE_SIZE)
    hit, points, own = _hits(mesh, rays.origins, rays.directions)
    both = hit & reference.trace.hit
    expected = reference.image.reshape(-1, 3)[both]
    rotation = camera.view[:3, :3]

    def error(normals: np.ndarray) -> float:
        shaded = shade(normals @ rotation.T, rays.directions[both] @ rotation.T)
        return float(np.mean((display_values(shaded) - expected) ** 2))

    mapped = map_normals(shape.field, points[both], Reach.of_field(shape.field)).normals
    return {"image_error": error(own[both]), "image_error_mapped": error(mapped)}


def _hits(mesh: TriangleMesh, origins: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, ...]:
    """Which rays hit a mesh (N,), where (N, 3), and its interpolated vertex normals there (N, 3)."""
    blender_mesh = add("Coarse", mesh)
    bpy.context.view_layer.update()
    rays = zip(origins, directions, strict=True)
    found = [blender_mesh.ray_cast(origin, direction) for origin, direction in rays]
    hit = np.array([is_hit for is_hit, *_ in found])
    points = np.array([point for _, point, _, _ in found])
    faces = mesh.faces[[face for *_, face in found]]
    vertex_normals = np.empty((len(mesh.vertices), 3), dtype=np.float32)
    blender_mesh.data.vertex_normals.foreach_get("vector", vertex_normals.reshape(-1))
    a, b, c = np.moveaxis(mesh.vertices[faces], 1, 0)
    whole = np.cross(b - a, c - a)
    sides = [corner - points for corner in (a, b, c)]
    parts = [np.cross(sides[corner - 2], sides[corner - 1]) for corner in range(3)]
    weights = np.stack([np.einsum("nx,nx->n", part, whole) for part in parts], axis=1)
    return hit, points, normalized(np.einsum("nk,nkx->nx", weights, vertex_normals[faces]))


def _identity() -> TargetTransform:
    """The target is in the unit domain already."""
    return TargetTransform(np.eye(3), np.zeros(3))


def _degrees(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.degrees(np.arccos(np.clip(np.einsum("nx,nx->n", a, b), -1, 1)))


if __name__ == "__main__":
    main()
