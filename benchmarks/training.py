"""How well the presets train: a table of errors over the meshes of a folder, as Markdown or JSON.

    python benchmarks/training.py MESHES [--recipes draft,standard] [--seeds 3] [--fine 512] [--baseline]

Seconds are CPU seconds of one core. The floor is what marching cubes of exact distances reaches at the
resolution at which all surfaces are measured; ``--fine`` measures the Chamfer distance at another one too,
with the evaluations that the surface there takes. ``--baseline`` also trains the published i3d recipe on the
first mesh, which takes ten times as long as Standard, and prints which preset reaches its Chamfer distance in
what share of its time.
"""

import argparse
import json
import statistics
import sys
from pathlib import Path

import numpy as np
import torch
from neural_shapes.core.geometry.cleaning import cleaned
from neural_shapes.core.geometry.distance import SignedDistance
from neural_shapes.core.geometry.distance_field import DistanceField
from neural_shapes.core.geometry.files import read_mesh
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.geometry.placement import Placement
from neural_shapes.core.geometry.solid import solid_distance
from neural_shapes.core.geometry.surface_errors import surface_errors
from neural_shapes.core.learning.recipes import PRESETS
from neural_shapes.core.learning.torch_field import TorchField
from neural_shapes.core.learning.train import train
from neural_shapes.core.meshing.isosurface import DEFAULT_RESOLUTION, extract_isosurface
from neural_shapes.core.shape_file import to_bytes

MESH_SUFFIXES = {".obj", ".ply", ".stl", ".off", ".glb"}
COLUMNS = {
    "training": ("training s", 1, "{:.1f}"),
    "chamfer": ("Chamfer ×1e-4", 1e4, "{:.2f}"),
    "floor": ("its floor", 1e4, "{:.2f}"),
    "normal_degrees": ("normals °", 1, "{:.2f}"),
    "hausdorff_99": ("Hausdorff 99% ×1e-4", 1e4, "{:.0f}"),
    "sign_error": ("signs wrong %", 100, "{:.3f}"),
    "distance_error": ("mean error in the domain ×1e-4", 1e4, "{:.0f}"),
    "eikonal_mean": ("eikonal", 1, "{:.3f}"),
    "bytes": ("kB", 1e-3, "{:.0f}"),
}

# What is measured at the resolution of ``--fine``.
FINE_COLUMNS = {
    "fine_chamfer": ("Chamfer ×1e-4, fine", 1e4, "{:.2f}"),
    "fine_floor": ("its floor", 1e4, "{:.2f}"),
    "fine_evaluations": ("evaluations, millions", 1e-6, "{:.1f}"),
}


def main() -> None:
    """Train, measure, print."""
    arguments = _arguments()
    columns = COLUMNS | (FINE_COLUMNS if arguments.fine else {})
    rows = []
    _print_heading(columns)
    for index, path in enumerate(_meshes(arguments.meshes)):
        mesh = read_mesh(path)
        floors = {"floor": chamfer_floor(mesh)}
        if arguments.fine:
            floors["fine_floor"] = chamfer_floor(mesh, arguments.fine)
        with_baseline = arguments.baseline and index == 0
        runs: dict[str, list[dict]] = {}
        for name in arguments.recipes.split(",") + ["baseline"] * with_baseline:
            seeds = range(1 if name == "baseline" else arguments.seeds)
            runs[name] = [_figures(mesh, name, seed, arguments.fine) | floors for seed in seeds]
            rows += [{"mesh": path.stem, "recipe": name, **run} for run in runs[name]]
            _print_row(path.stem, name, runs[name], columns)
        if with_baseline:
            _print_comparison(runs)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))


def chamfer_floor(mesh: TriangleMesh, resolution: int = DEFAULT_RESOLUTION) -> float:
    """Chamfer distance of marching cubes of the mesh's exact distances, in domain units."""
    distance = _placed(mesh)
    surface = extract_isosurface(DistanceField(distance), resolution).mesh
    return surface_errors(SignedDistance(surface), distance, np.random.default_rng(0)).chamfer


def _placed(mesh: TriangleMesh) -> SignedDistance:
    sound = cleaned(mesh)
    return solid_distance(Placement.of_mesh(sound).mesh_to_domain(sound))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("meshes", type=Path, nargs="+", help="mesh files, or folders of them")
    parser.add_argument("--recipes", default="draft,standard", help="presets, separated by commas")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--fine", type=int, help="another resolution to measure at, such as 512")
    parser.add_argument("--baseline", action="store_true", help="compare with i3d on the first mesh")
    parser.add_argument("--json", type=Path, help="write every run's figures to this file")
    return parser.parse_args()


def _meshes(paths: list[Path]) -> list[Path]:
    files = [file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    return [file for file in files if file.suffix.lower() in MESH_SUFFIXES]


def _figures(mesh: TriangleMesh, recipe: str, seed: int, fine: int | None) -> dict[str, float | int | str]:
    shape = train(mesh, PRESETS[recipe], seed=seed, device="cpu", threads=1)
    figures = {"seed": seed, "bytes": len(to_bytes(shape)), "steps": shape.provenance.steps}
    figures = figures | shape.provenance.seconds | shape.measures
    if fine:
        surface = extract_isosurface(TorchField(shape.field, torch.device("cpu")), fine)
        errors = surface_errors(SignedDistance(surface.mesh), _placed(mesh), np.random.default_rng(0))
        figures["fine_chamfer"] = errors.chamfer
        figures["fine_evaluations"] = surface.evaluated_share * (fine + 1) ** 3
    print(json.dumps({"recipe": recipe, **figures}), file=sys.stderr, flush=True)
    return figures


def _print_heading(columns: dict[str, tuple[str, float, str]]) -> None:
    titles = ["mesh", "recipe", *(title for title, _, _ in columns.values()), "failed"]
    print("| " + " | ".join(titles) + " |\n|" + "---|" * len(titles))


def _print_row(mesh: str, recipe: str, runs: list[dict], columns: dict[str, tuple[str, float, str]]) -> None:
    """The medians over the seeds."""
    cells = [
        form.format(factor * statistics.median(run.get(name, float("nan")) for run in runs))
        for name, (_, factor, form) in columns.items()
    ]
    failures = sum(bool(run["failed"]) for run in runs)
    print("| " + " | ".join([mesh, recipe, *cells, str(failures)]) + " |", flush=True)


def _print_comparison(runs: dict[str, list[dict]]) -> None:
    (baseline,) = runs["baseline"]
    for name, own in runs.items():
        chamfer, seconds = (statistics.median(run[key] for run in own) for key in ("chamfer", "training"))
        if name != "baseline" and chamfer <= baseline["chamfer"]:
            share = seconds / baseline["training"]
            print(f"\n{name} is at {chamfer:.2e} after {seconds:.0f} s, which is {share:.1%} of the time")
            print(f"in which the baseline gets to {baseline['chamfer']:.2e}.\n", flush=True)


if __name__ == "__main__":
    main()
