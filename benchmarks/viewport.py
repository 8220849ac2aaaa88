"""What the preview's tracing costs and how exact it is: a table over shapes, as Markdown.

    .venv-viewport/bin/python benchmarks/viewport.py SHAPES [--size 256] [--path compute] [--json FILE]

Runs without a window, on Blender 5.2 or later. Every row is compared with core.tracing of the same levels:
pixels that agree on hit or miss, and on the hits of both the 99th percentiles of the depths' and normals'
differences. Image errors are mean squares of display values in [0, 1] against the fine level alone. GFLOP
count two operations for each weight of every network evaluated, twice that for normals.
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import bpy  # noqa: F401  makes gpu importable
import gpu
import numpy as np
from neural_shapes.core.fields.nested import Level, NestedField
from neural_shapes.core.geometry.placement import Placement
from neural_shapes.core.neural_shape import NeuralShape
from neural_shapes.core.shape_file import load
from neural_shapes.core.tracing.camera import Camera
from neural_shapes.core.tracing.render import step_scale
from neural_shapes.core.tracing.shading import background, display_values, shade
from neural_shapes.core.tracing.sphere_tracing import TracedLevel, trace
from neural_shapes.viewport.looks import Appearance
from neural_shapes.viewport.network_texture import pack_field
from neural_shapes.viewport.preview import Preview, Previewed, Viewpoint
from neural_shapes.viewport.stages import Size, StageInputs, TracingPath
from neural_shapes.viewport.tracer import TracedImages, Tracer
from neural_shapes.viewport.uniforms import Settings, tracing_uniforms
from neural_shapes.viewport.view_rays import ViewRays

AZIMUTH, ELEVATION = 30, 15
# A small viewport, as software renderers have it.
FIRST_PICTURE_SIZE = (320, 240)
HIT, MISSED, COUNT_BASE = 8, 16, 4096
# Above every value of a field: the level before the last is left at once, and never returned to.
NO_THRESHOLD = 1e9
COLUMNS = (
    "shape", "rendering", "evaluations a pixel", "fine share", "GFLOP", "image error", "pixels agree",
    "depth", "normals", "seconds",
)  # fmt: skip


def main() -> None:
    """Load, trace, compare, print."""
    arguments = _arguments()
    gpu.init()
    rows = []
    print("| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS))
    for path in arguments.shapes:
        shape = load(path)
        if shape.changes_over_time:
            shape = shape.at_time(arguments.time)
        for row in _rows(shape, arguments.size, TracingPath(arguments.path)):
            rows.append({"shape": path.stem, **row})
            print("| " + " | ".join(_cell(rows[-1][column]) for column in COLUMNS) + " |", flush=True)
    print(f"\nFirst picture at {FIRST_PICTURE_SIZE[0]}×{FIRST_PICTURE_SIZE[1]}, compilation included:")
    for path in arguments.shapes:
        print(f"- {path.stem}: {_first_picture_seconds(load(path), TracingPath(arguments.path)):.1f} s")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shapes", type=Path, nargs="+", help="shape files")
    parser.add_argument("--size", type=int, default=256, help="pixels a side")
    parser.add_argument("--path", choices=[path.value for path in TracingPath], default="compute")
    parser.add_argument("--time", type=float, default=0.5, help="of shapes that change over time")
    parser.add_argument("--json", type=Path, help="write the rows to this file as well")
    return parser.parse_args()


def _cell(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"{part:.2f}" for part in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _rows(shape: NeuralShape, side: int, path: TracingPath) -> Iterator[dict]:
    """Fine alone, multiscale, and the coarse level alone."""
    field = shape.field
    *before, last = field.levels
    fine_alone = NestedField((*(replace(level, threshold=NO_THRESHOLD) for level in before), last))
    coarse = NestedField((Level(field.levels[0].network, field.levels[0].threshold),))
    reference = None
    for name, traced in (("fine alone", fine_alone), ("multiscale", field), ("coarse alone", coarse)):
        row, image, fine_evaluations = _measure(replace(shape, field=traced), side, path)
        if reference is None:
            reference = image, fine_evaluations
        row["rendering"] = name
        row["image error"] = float(np.square(image - reference[0]).mean())
        row["fine share"] = fine_evaluations / reference[1] if traced is field else ""
        yield row


def _measure(shape: NeuralShape, side: int, path: TracingPath) -> tuple[dict, np.ndarray, int]:
    """One rendering's figures, its image, and its evaluations of the last level."""
    field, size = shape.field, (side, side)
    camera = Camera.orbit(AZIMUTH, ELEVATION, size)
    states, gradients, seconds = _trace(shape, camera, size, path)
    hit = (states[:, 1] >= HIT) & (states[:, 1] < MISSED)
    rays = camera.rays(size)
    levels = [TracedLevel(field.level(index), level.threshold) for index, level in enumerate(field.levels)]
    oracle = trace(levels, rays, step_scale=step_scale(shape))
    both = hit & oracle.hit
    depth = rays.clip_to_box(1.0)[0] + states[:, 0]
    normals = _unit(gradients[:, :3])
    expected = _unit(field.value_and_gradient(oracle.positions[both])[1])
    cosine = np.clip(np.einsum("ij,ij->i", normals[both], expected), -1, 1)
    counts = _evaluations(states, len(field.levels))
    row = {
        "evaluations a pixel": tuple(float(count / side**2) for count in counts),
        "GFLOP": _operations(field, counts, int(hit.sum())) / 1e9,
        "pixels agree": float((hit == oracle.hit).mean()),
        "depth": float(np.quantile(np.abs(depth - oracle.depth)[both], 0.99)),
        "normals": float(np.quantile(np.degrees(np.arccos(cosine)), 0.99)),
        "seconds": seconds,
    }
    return row, _shaded(normals, hit, camera, size), int(counts[-1])


def _trace(
    shape: NeuralShape, camera: Camera, size: tuple[int, int], path: TracingPath
) -> tuple[np.ndarray, np.ndarray, float]:
    """States and gradients (N, 4), row by row from the top, and the seconds of the second run."""
    packed = pack_field(shape.field)
    rays = ViewRays.of_matrices(camera.projection, camera.view)
    uniforms = tracing_uniforms(packed, rays, (-1, -1, 2, 2), size, Settings(step_scale=step_scale(shape)))
    tracer = Tracer(path, Size.holding(packed.widest, packed.deepest))
    tracer.compile(("march", "finish"))
    images, weights = TracedImages.of_size(size), packed.texture()
    for _ in range(2):
        start = time.perf_counter()
        tracer.trace(StageInputs(uniforms, weights), packed, images, (0, 0, *size))
        states = np.array(images.states.read())
        seconds = time.perf_counter() - start
    gradients = np.array(images.gradients.read())
    rows = (array.reshape(size[1], size[0], 4)[::-1].reshape(-1, 4) for array in (states, gradients))
    return *rows, seconds


def _evaluations(states: np.ndarray, level_count: int) -> np.ndarray:
    packed = states[:, 2:].astype(int)
    counts = np.stack([packed[:, 0] % COUNT_BASE, packed[:, 0] // COUNT_BASE,
                       packed[:, 1] % COUNT_BASE, packed[:, 1] // COUNT_BASE])  # fmt: skip
    return counts.sum(axis=1)[:level_count]


def _operations(field: NestedField, counts: np.ndarray, hits: int) -> int:
    """Operations of all evaluations; a residual level evaluates the levels that it adds to as well."""
    total = costs = 0
    for level, count in zip(field.levels, counts, strict=True):
        own = 2 * level.network.parameter_count
        costs = own if level.band is None else costs + own
        total += int(count) * costs
    return total + 2 * hits * costs


def _shaded(normals: np.ndarray, hit: np.ndarray, camera: Camera, size: tuple[int, int]) -> np.ndarray:
    rotation = camera.view[:3, :3]
    colours = background(size)
    directions = camera.rays(size).directions[hit]
    colours[hit] = shade(normals[hit] @ rotation.T, directions @ rotation.T)
    return display_values(colours)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def _first_picture_seconds(shape: NeuralShape, path: TracingPath) -> float:
    """From switching the preview on to the first whole picture."""
    if shape.changes_over_time:
        shape = shape.at_time(0.5)
    camera = Camera.orbit(AZIMUTH, ELEVATION, FIRST_PICTURE_SIZE)
    target = gpu.types.GPUOffScreen(*FIRST_PICTURE_SIZE)
    viewpoint = Viewpoint(0, FIRST_PICTURE_SIZE, camera.view, camera.projection)
    settings = Settings(step_scale=step_scale(shape))
    shown = Previewed("", "", shape.field, Placement(), np.eye(4), settings, Appearance())
    preview = Preview(path)
    start = time.perf_counter()
    while not preview.has_picture:
        with target.bind():
            preview.draw(lambda: (viewpoint, [shown]))
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
