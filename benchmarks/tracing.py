"""What multiscale sphere tracing saves and costs: a table over meshes, as Markdown.

    python benchmarks/tracing.py MESHES [--preset standard] [--size 256] [--json FILE]

Shape files may be given in place of meshes. The reference of every row is the fine level alone, converged.
Image errors are mean squares of display values in [0, 1]; missed and extra pixels are those that only the
reference or only the row hits.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from neural_shapes.core.fields.nested import NestedField
from neural_shapes.core.geometry.files import SUFFIXES, read_mesh
from neural_shapes.core.learning.recipes import PRESETS
from neural_shapes.core.learning.train import train
from neural_shapes.core.neural_shape import NeuralShape
from neural_shapes.core.shape_file import load
from neural_shapes.core.tracing.camera import Camera
from neural_shapes.core.tracing.render import Picture, render
from neural_shapes.core.tracing.sphere_tracing import ITERATIONS

AZIMUTH, ELEVATION = 30, 15
COLUMNS = ("shape", "rendering", "δ", "evaluations a level", "fine share", "image error", "missed", "extra")


def main() -> None:
    """Train or load, render, print."""
    arguments = _arguments()
    rows = []
    print("| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS))
    for path in _files(arguments.meshes):
        shape = train(read_mesh(path), PRESETS[arguments.preset]) if _is_mesh(path) else load(path)
        for row in _rows(shape, arguments.size):
            rows.append({"shape": path.stem, **row})
            _print_row(rows[-1])
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("meshes", type=Path, nargs="+", help="meshes or shapes, or folders of them")
    parser.add_argument("--preset", choices=PRESETS, default="standard", help="how meshes are trained on")
    parser.add_argument("--size", type=int, default=256, help="pixels a side")
    parser.add_argument("--json", type=Path, help="write the rows to this file as well")
    return parser.parse_args()


def _files(paths: list[Path]) -> list[Path]:
    """The files as given, and the meshes of folders."""
    return [
        file
        for path in paths
        for file in (sorted(filter(_is_mesh, path.iterdir())) if path.is_dir() else [path])
    ]


def _is_mesh(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES


def _rows(shape: NeuralShape, side: int) -> Iterator[dict]:
    """The seed paper's comparisons for one shape: fine, multiscale, smaller thresholds, normals, coarse."""
    size = (side, side)
    camera = Camera.orbit(AZIMUTH, ELEVATION, size)
    last = len(shape.field.levels) - 1
    halved = replace(shape, field=_with_thresholds_scaled(shape.field, 0.5))
    mapped_caps = [ITERATIONS] * last + [0]
    fine = render(shape, camera, size, [last])
    pictures = {
        "fine alone": (shape, fine),
        "multiscale": (shape, render(shape, camera, size)),
        "multiscale, δ halved": (halved, render(halved, camera, size)),
        "coarse, fine normals": (shape, render(shape, camera, size, iterations=mapped_caps)),
        "coarse alone": (shape, render(shape, camera, size, [0])),
    }
    for name, (rendered, picture) in pictures.items():
        listed = 1 if name.endswith("alone") else last + 1
        yield {
            "rendering": name,
            "thresholds": rendered.field.thresholds[: listed - 1],
            "evaluations": picture.evaluations,
            "fine_share": 0.0 if name == "coarse alone" else picture.evaluations[-1] / fine.evaluations[0],
            **_compared(picture, fine),
        }


def _with_thresholds_scaled(field: NestedField, factor: float) -> NestedField:
    return NestedField(tuple(replace(level, threshold=factor * level.threshold) for level in field.levels))


def _compared(picture: Picture, reference: Picture) -> dict:
    hit, expected = picture.trace.hit, reference.trace.hit
    return {
        "image_error": float(np.mean((picture.image - reference.image) ** 2)),
        "missed": int((expected & ~hit).sum()),
        "extra": int((hit & ~expected).sum()),
    }


def _print_row(row: dict) -> None:
    cells = [
        row["shape"],
        row["rendering"],
        " ▷ ".join(f"{threshold:.4f}" for threshold in row["thresholds"]),
        " + ".join(f"{count:,}" for count in row["evaluations"]),
        f"{row['fine_share']:.1%}",
        f"{row['image_error']:.1e}",
        str(row["missed"]),
        str(row["extra"]),
    ]
    print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
