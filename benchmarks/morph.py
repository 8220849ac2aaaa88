"""How well morphs keep their volume: a table over pairs of meshes of a folder, as Markdown.

    python benchmarks/morph.py MESHES [--pairs spot,bob chair,table] [--mode volume] [--csv FOLDER]

Minutes are CPU minutes of one core for all training. Drift is the largest |V(t) / V(0) - 1| of the trained
field at 21 times and those half-way between, before any correction. ``--csv`` keeps the figures over time.
"""

import argparse
import sys
from pathlib import Path

from neural_shapes.core.command.measures import write_csv
from neural_shapes.core.geometry.files import read_mesh
from neural_shapes.core.learning.morph import train_morph
from neural_shapes.core.neural_shape import NeuralShape
from neural_shapes.core.shape_file import save

PAIRS = ("spot,bob", "armadillo,stanford-bunny", "human_man,human_woman", "chair,table")
# Largest drift of the authors' released networks, where there is one (measured in the same way).
PUBLISHED_DRIFT = {"spot,bob": "4.4%", "armadillo,stanford-bunny": "4.3%", "chair,table": "59%"}
SUFFIXES = (".obj", ".ply", ".stl", ".off", ".glb")
HEADINGS = (
    "pair", "published drift", "drift", "V(0) error", "pieces", "Chamfer at the first ×1e-4, to and from",
    "at the last", "eikonal", "residual / speed", "largest step / mean", "CPU minutes", "failed",
)  # fmt: skip


def main() -> None:
    """Train, measure, print."""
    arguments = _arguments()
    print("| " + " | ".join(HEADINGS) + " |\n|" + "---|" * len(HEADINGS), flush=True)
    for pair in arguments.pairs:
        paths = [_mesh_path(arguments.meshes, name) for name in pair.split(",")]
        shape = train_morph(
            [read_mesh(path) for path in paths],
            arguments.mode,
            sources=[path.stem for path in paths],
            seed=arguments.seed,
            device="cpu",
            threads=1,
            seconds=arguments.seconds,
            progress=lambda progress: print(f"{progress.share:.0%} {progress.phase}", file=sys.stderr),
        )
        print("| " + " | ".join(_cells(pair, shape)) + " |", flush=True)
        if arguments.csv is not None:
            write_csv(shape.over_time, arguments.csv / f"{pair.replace(',', '-')}.csv")
            save(shape, arguments.csv / f"{pair.replace(',', '-')}.shape")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("meshes", type=Path, help="a folder of meshes")
    parser.add_argument("--pairs", nargs="+", default=PAIRS, help="names of meshes, two with a comma between")
    parser.add_argument("--mode", default="volume")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, help="a cap on the training of each pair")
    parser.add_argument("--csv", type=Path, help="a folder for the figures over time and the shapes")
    return parser.parse_args()


def _mesh_path(folder: Path, name: str) -> Path:
    return next(path for path in sorted(folder.glob(f"{name}.*")) if path.suffix.lower() in SUFFIXES)


def _cells(pair: str, shape: NeuralShape) -> list[str]:
    def figure(name: str, form: str, factor: float = 1.0) -> str:
        return form.format(factor * shape.measures[name]) if name in shape.measures else "–"

    def chamfer(key: int) -> str:
        directions = (f"chamfer_{way}_key_{key}" for way in ("to", "from"))
        return ", ".join(figure(name, "{:.1f}", 1e4) for name in directions)

    return [
        pair.replace(",", " → "),
        PUBLISHED_DRIFT.get(pair, "–"),
        figure("drift", "{:.2%}"),
        figure("volume_error_at_key_0", "{:+.2%}"),
        figure("components", "{}", 1),
        chamfer(0),
        chamfer(1),
        figure("eikonal_mean", "{:.3f}"),
        figure("residual_share", "{:.1%}"),
        figure("jump", "{:.2f}"),
        f"{shape.provenance.seconds['training'] / 60:.1f}",
        str(shape.measures["failed"]) or "no",
    ]


if __name__ == "__main__":
    main()
