"""How the error falls with the time of training: a table as Markdown and a plot, one curve a recipe.

    python benchmarks/error_over_time.py MESH [--recipes A,B] [--seconds 6,12,25] [--plot FILE]

Each point is a training of its own, whose whole schedule is fitted into so many CPU seconds of one core; a
recipe's curve ends with its own length. Lengths are in domain units.
"""

import argparse
import json
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.ticker import LogLocator, NullFormatter
from neural_shapes.core.geometry.files import read_mesh
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.learning.recipes import PRESETS
from neural_shapes.core.learning.train import train
from training import chamfer_floor

RECIPES = "standard,independent,compact,fourier,igr"
SECONDS = "6,12,25,50"
PANELS = (
    ("chamfer", "Chamfer distance"),
    ("normal_degrees", "normals, degrees"),
    ("distance_error", "mean |f − d| in the domain"),
)


def main() -> None:
    """Train, print, draw."""
    arguments = _arguments()
    mesh = read_mesh(arguments.mesh)
    titles = ("recipe", "training s", "steps", *(title for _, title in PANELS), "eikonal", "failed")
    print("| " + " | ".join(titles) + " |\n|" + "---|" * len(titles), flush=True)
    curves = {name: _curve(mesh, name, arguments.seconds) for name in arguments.recipes.split(",")}
    floor = chamfer_floor(mesh)
    print(f"\nThe floor of the Chamfer distance is {floor:.2e}.")
    if arguments.json:
        arguments.json.write_text(json.dumps({"floor": floor, "curves": curves}, indent=1))
    if arguments.plot:
        _draw(curves, floor, arguments.mesh.stem, arguments.plot)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mesh", type=Path)
    parser.add_argument("--recipes", default=RECIPES, help="presets, separated by commas")
    parser.add_argument("--seconds", default=SECONDS, help="caps on the training, separated by commas")
    parser.add_argument("--json", type=Path, help="write every run's figures to this file")
    parser.add_argument("--plot", type=Path, help="draw the curves into this PNG or SVG file")
    return parser.parse_args()


def _curve(mesh: TriangleMesh, name: str, caps: str) -> list[dict[str, float]]:
    """The figures of trainings, from the shortest one to the first that is the whole recipe."""
    runs = []
    for seconds in sorted(float(cap) for cap in caps.split(",")):
        shape = train(mesh, PRESETS[name], device="cpu", threads=1, seconds=seconds)
        run = {"steps": shape.provenance.steps, **shape.provenance.seconds, **shape.measures}
        runs.append(run)
        cells = [f"{run['training']:.1f}", str(run["steps"])]
        cells += [f"{run.get(key, float('nan')):.3g}" for key, _ in PANELS]
        cells += [f"{run.get('eikonal_mean', float('nan')):.3f}", "yes" if run["failed"] else "no"]
        print("| " + " | ".join([name, *cells]) + " |", flush=True)
        if shape.provenance.steps == PRESETS[name].steps:
            break
    return runs


def _draw(curves: dict[str, list[dict[str, float]]], floor: float, mesh: str, path: Path) -> None:
    figure, axes = plt.subplots(1, len(PANELS), figsize=(12, 4), layout="constrained")
    for axis, (key, title) in zip(axes, PANELS, strict=True):
        for name, runs in curves.items():
            usable = [run for run in runs if key in run]
            axis.plot(
                [run["training"] for run in usable], [run[key] for run in usable], marker="o", label=name
            )
        axis.set(title=title, xlabel="CPU seconds of training", xscale="log", yscale="log")
        axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.xaxis.set_major_formatter("{x:g}")
        axis.xaxis.set_minor_formatter(NullFormatter())
        axis.grid(True, which="both", alpha=0.25)
    axes[0].axhline(floor, color="black", linestyle=":", label="floor")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(curves) + 1)
    figure.suptitle(mesh)
    figure.savefig(path, dpi=100)


if __name__ == "__main__":
    main()
