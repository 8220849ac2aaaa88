"""morph, and what the other verbs make of a shape that changes over time."""

import csv
import io
import json
import math
import signal
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import trimesh
from neural_shapes.core import shape_file

TRAINING = ("--seed", "1", "--threads", "1", "--device", "cpu")
# Of the recipe's steps: eggs are simple, and a part of them is as good on a slow machine as on a fast one.
SHARE = 0.05
# Enough to measure them by.
CELLS = 48


class Trained(NamedTuple):
    """The file of a morph, its table, and what the command printed: an object and lines for people."""

    shape: Path
    table: Path
    printed: dict[str, Any]
    errors: str


def _egg(path: Path, radii: tuple[float, float, float]) -> Path:
    mesh = trimesh.creation.icosphere(subdivisions=3, radius=1.0)
    mesh.apply_transform(np.diag([*radii, 1]))
    mesh.apply_translation([100, 20, -5])
    mesh.faces = [*mesh.faces, mesh.faces[0]]
    mesh.export(path)
    return path


@pytest.fixture(scope="session")
def eggs(tmp_path_factory) -> tuple[Path, Path]:
    """Two of the same width, one long along x and one along y, each with a triangle that is there twice."""
    folder = tmp_path_factory.mktemp("eggs")
    return _egg(folder / "long.ply", (15, 10, 10)), _egg(folder / "high.ply", (10, 15, 10))


@pytest.fixture(scope="session")
def morph(eggs, tmp_path_factory) -> Trained:
    """A briefly trained morph."""
    from neural_shapes.core.command.main import main
    from neural_shapes.core.geometry import morph_measures
    from neural_shapes.core.learning import morph_recipes

    folder = tmp_path_factory.mktemp("morph")
    shape, table = folder / "eggs.shape", folder / "eggs.csv"
    with pytest.MonkeyPatch.context() as patch:
        brief = morph_recipes.VOLUME.scaled(SHARE)
        patch.setattr(morph_recipes, "OF_THICKNESS", ((math.inf, brief),))
        for name in ("VOLUME_CELLS", "SURFACE_RESOLUTION", "DEFAULT_RESOLUTION"):
            patch.setattr(morph_measures, name, CELLS)
        files = (*map(str, eggs), "-o", str(shape), "--csv", str(table))
        with redirect_stdout(io.StringIO()) as output, redirect_stderr(io.StringIO()) as errors:
            assert main(["morph", *files, *TRAINING, "--json"]) == 0
    return Trained(shape, table, json.loads(output.getvalue()), errors.getvalue())


def test_a_brief_morph_keeps_the_volume_within_a_few_percent_and_stays_whole(morph):
    shape = shape_file.load(morph.shape)
    assert [key.source for key in shape.keys] == ["long.ply", "high.ply"]
    assert shape.measures["drift"] < 0.05
    assert shape.measures["components"] == 1
    assert shape.measures["chamfer_from_key_0"] < 0.03
    assert shape.measures["chamfer_from_key_1"] < 0.03
    # A morph that had frozen or faded would not move with its flow.
    assert np.mean(shape.over_time["normal_speed"]) > 0.05
    assert shape.measures["residual_share"] < 0.5


def test_what_the_keys_were_repaired_of_is_told_by_morph_and_info(run, morph):
    note = "Triangles repaired for training: 2 repeated dropped."
    assert morph.printed["repairs"] == run("info", morph.shape, "--json").json["repairs"] == note
    assert note in morph.errors.splitlines()


def test_levels_are_nested_at_times_between_the_measured_ones(morph):
    field = shape_file.load(morph.shape).field
    points = np.random.default_rng(0).uniform(-1, 1, (200_000, 3)).astype(np.float32)
    for time in (0.0, 0.37, 0.81):
        still = field.at_time(time)
        inside = points[np.abs(still.value(points)) <= still.thresholds[1]]
        assert len(inside)
        assert (np.abs(still.level(0).value(inside)) <= still.thresholds[0]).mean() > 0.999


def test_the_table_has_a_row_for_each_time(morph):
    rows = list(csv.DictReader(morph.table.open()))
    assert len(rows) == 41
    assert [float(rows[0]["time"]), float(rows[-1]["time"])] == [0, 1]
    assert float(rows[0]["drift"]) == 0
    assert all(float(row["components"]) == 1 for row in rows)


def test_measure_tells_the_drift_at_each_time(run, morph, monkeypatch):
    from neural_shapes.core.geometry import morph_measures

    times = np.linspace(0, 1, 3)
    monkeypatch.setitem(morph_measures.measure_morph.__kwdefaults__, "times", times)
    printed = run("measure", morph.shape, "--json").json
    assert printed["time"] == [0, 0.5, 1]
    assert max(np.abs(printed["drift_over_time"])) == printed["drift"] < 0.05
    trained = shape_file.load(morph.shape).over_time
    # The counts are jittered anew.
    np.testing.assert_allclose(printed["drift_over_time"], trained["drift"][::20], atol=0.01)


def test_a_moment_is_extracted_in_the_coordinates_of_the_first_mesh(run, morph, eggs, tmp_path):
    for time, egg in ((0, eggs[0]), (1, eggs[1])):
        path = tmp_path / f"egg{time}.ply"
        assert run("extract", morph.shape, "-o", path, "--time", time, "--resolution", 48).status == 0
        np.testing.assert_allclose(trimesh.load(path).bounds, trimesh.load(egg).bounds, atol=1.5)


def test_a_moment_of_true_volume_is_as_large_for_every_verb(run, morph, tmp_path):
    shape = shape_file.load(morph.shape)
    first, second = shape.keys
    growing, path = tmp_path / "growing.shape", tmp_path / "egg.obj"
    shape_file.save(replace(shape, keys=(first, replace(second, shrinkage=0.5))), growing)
    end = ("--time", 1, "--true-volume")
    assert run("extract", growing, *end, "-o", path, "--resolution", 48).status == 0
    mesh = trimesh.load(path)
    np.testing.assert_allclose(mesh.extents, [40, 60, 40], atol=6)
    mesh.visual = trimesh.visual.TextureVisuals(uv=(mesh.vertices - mesh.bounds[0])[:, :2] / mesh.extents[:2])
    mesh.export(path)
    for verb, output, *size in (("normals", "egg.ply"), ("bake", "egg.png", "--size", 32)):
        printed = run(verb, growing, path, "-o", tmp_path / output, *end, *size, "--json").json
        assert printed["masked_share"] < 0.01


def test_a_moment_is_rendered(run, morph, tmp_path):
    path = tmp_path / "egg.png"
    result = run("render", morph.shape, "-o", path, "--time", 0.5, "--size", "64x64", "--json")
    assert result.status == 0
    assert result.json["pixels_hit"] > 300


def test_info_tells_the_keys_and_segments(run, morph):
    printed = run("info", morph.shape, "--json").json
    assert printed["keys"] == ["long.ply", "high.ply"]
    assert printed["times"] == [0, 1]
    assert printed["segments"] == [["(64,1) alone", "(128,2) residual"]]
    assert printed["recipe"] == "volume"


@pytest.mark.parametrize("verb", ["extract", "render"])
def test_a_morph_needs_a_time_and_a_static_shape_has_none(verb, run, morph, shape_path, tmp_path):
    output = tmp_path / ("a.ply" if verb == "extract" else "a.png")
    result = run(verb, morph.shape, "-o", output)
    assert (result.status, "choose a moment" in result.errors) == (2, True)
    result = run(verb, shape_path, "-o", output, "--time", 0.5)
    assert (result.status, "does not change over time" in result.errors) == (2, True)
    assert run(verb, morph.shape, "-o", output, "--time", 1.5).status == 2
    assert not output.exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("long",), "required"),
        (("long", "missing"), "missing"),
        (("long", "high", "--mode", "melt"), "invalid choice"),
        (("long", "high", "--seconds", "0"), "no number above 0"),
        (("long", "high", "--csv", "table.txt"), "should end in .csv"),
        (("long", "high", "--retrain", "1"), "no segment 1"),
    ],
)
def test_what_cannot_be_morphed_is_one_sentence(arguments, reason, run, eggs, tmp_path):
    paths = {egg.stem: egg for egg in eggs}
    result = run("morph", *(paths.get(a, a) for a in arguments), "-o", tmp_path / "a.shape")
    assert result.status == 2
    assert reason in result.errors
    assert len(result.errors.strip().splitlines()) == 1
    assert not (tmp_path / "a.shape").exists()


def _replace_training(monkeypatch, shape, is_interrupted):
    """Has trainings of morphs come back with a shape at once, where wanted interrupted."""

    def train_morph(*_, **options):
        if is_interrupted:
            signal.raise_signal(signal.SIGINT)
        assert options["cancelled"]() is is_interrupted
        return shape

    monkeypatch.setattr("neural_shapes.core.learning.morph.train_morph", train_morph)


def test_an_interrupt_after_the_measuring_leaves_the_whole_morph_and_its_table(
    run, morph, eggs, tmp_path, monkeypatch
):
    _replace_training(monkeypatch, shape_file.load(morph.shape), True)
    table = tmp_path / "eggs.csv"
    result = run("morph", *eggs, "-o", tmp_path / "eggs.shape", "--csv", table)
    assert result.status == 130
    assert result.errors.splitlines()[-1].endswith(f"The whole morph is in {tmp_path / 'eggs.shape'}.")
    rows, expected = (list(csv.DictReader(path.open())) for path in (table, morph.table))
    assert rows == expected


@pytest.mark.parametrize("is_interrupted", [True, False])
def test_a_morph_that_was_not_measured_is_written_without_a_table(
    run, morph, eggs, tmp_path, monkeypatch, is_interrupted
):
    shape = replace(shape_file.load(morph.shape), measures={}, over_time={})
    if is_interrupted:
        shape = replace(shape, provenance=replace(shape.provenance, seconds={"training": 1.0}))
    _replace_training(monkeypatch, shape, is_interrupted)
    path, table = tmp_path / "eggs.shape", tmp_path / "eggs.csv"
    result = run("morph", *eggs, "-o", path, "--csv", table)
    assert result.status == (130 if is_interrupted else 0)
    assert ("Memory ran out while the shape was measured" in result.errors) is not is_interrupted
    assert (f"as far as it was trained is in {path}, unmeasured." in result.errors) is is_interrupted
    assert (path.exists(), table.exists()) == (True, False)


def test_an_interrupted_retraining_does_not_replace_the_morph_that_it_started_from(
    run, morph, eggs, tmp_path, monkeypatch
):
    path = tmp_path / "eggs.shape"
    path.write_bytes(morph.shape.read_bytes())
    _replace_training(monkeypatch, replace(shape_file.load(path), measures={}, over_time={}), True)
    result = run("morph", *eggs, "-o", path, "--start", path, "--retrain", "0")
    assert (result.status, "eggs.shape is as it was." in result.errors) == (130, True)
    assert path.read_bytes() == morph.shape.read_bytes()


def test_measure_wants_a_mesh_for_each_key_or_none(run, morph, eggs):
    result = run("measure", morph.shape, eggs[0])
    assert (result.status, "2 keys" in result.errors) == (2, True)
