"""neural-shapes train: what it writes and prints, that it repeats itself, and what an interrupt leaves."""

import csv
import json
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import trimesh
from neural_shapes.core import shape_file
from neural_shapes.core.command.interrupt import interruption
from neural_shapes.core.geometry.files import read_source
from neural_shapes.core.learning import progress
from neural_shapes.core.learning.recipes import DRAFT
from neural_shapes.core.learning.train import train

# Less would leave a surface in so many pieces that measuring it takes longer.
TRAINING = ("--preset", "draft", "--steps", "80", "--threads", "1", "--device", "cpu")
FIGURES = {
    *("chamfer", "hausdorff", "hausdorff_99", "normal_degrees", "surface_value", "sign_error"),
    *("eikonal_mean", "lipschitz", "volume", "components", "failed"),
}


def test_the_printed_object_has_the_figures_and_what_training_took(training):
    printed = json.loads(training[1].read_text())
    assert printed.keys() == FIGURES | {"repairs", "seconds", "steps", "bytes"}
    assert printed["steps"] == 160
    assert printed["bytes"] == training[0].stat().st_size
    assert printed["seconds"].keys() == {"distances", "training", "measuring"}
    assert min(printed["seconds"].values()) > 0


@pytest.mark.parametrize("spoilt", [True, False])
def test_what_the_mesh_was_repaired_of_is_told_by_train_and_info(run, mesh_file, tmp_path, spoilt):
    mesh, path = trimesh.load(mesh_file, process=False), tmp_path / "egg.ply"
    faces = [*mesh.faces[1:], mesh.faces[0, ::-1], mesh.faces[5]] if spoilt else mesh.faces
    trimesh.Trimesh(mesh.vertices, faces, process=False).export(path)
    output = tmp_path / "egg.shape"
    result = run("train", path, "-o", output, *TRAINING, "--json")
    note = "Triangles repaired for training: 1 repeated dropped, 1 turned outwards." if spoilt else ""
    assert result.json["repairs"] == run("info", output, "--json").json["repairs"] == note
    assert [line for line in result.errors.splitlines() if "repaired" in line] == [note] * spoilt


def test_the_file_holds_the_shape_with_its_source_and_measures(training):
    shape, printed = shape_file.load(training[0]), json.loads(training[1].read_text())
    assert shape.provenance.source == "egg.ply"
    assert (shape.provenance.recipe, shape.provenance.seed, shape.provenance.steps) == ("draft", 3, 160)
    assert {name: shape.measures[name] for name in FIGURES} == {name: printed[name] for name in FIGURES}
    np.testing.assert_allclose(shape.placement.centre, (100, 20, -5), atol=1e-3)
    assert shape.placement.scale == pytest.approx(0.9 / 15, rel=1e-3)


def test_the_table_of_the_training_goes_through_its_phases_to_the_end(training):
    with open(training[0].with_suffix(".csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["phase", "step", "loss", "seconds", "seconds_left"]
    assert list(dict.fromkeys(row["phase"] for row in rows)) == ["distances", "training", "measuring"]
    trained = [row for row in rows if row["phase"] == "training"]
    assert float(trained[-1]["loss"]) > 0
    assert rows[0]["loss"] == ""
    seconds = [float(row["seconds"]) for row in rows]
    assert seconds == sorted(seconds)
    assert int(rows[-1]["step"]) == 160


def _start(mesh_file, output) -> subprocess.Popen:
    command = [sys.executable, "-m", "neural_shapes.core.command.main", "train", mesh_file, "-o", output]
    process = subprocess.Popen(
        [*map(str, command), "--preset", "draft", "--threads", "1", "--device", "cpu", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # Its first line of progress says that it is at work.
    assert "left" in process.stderr.readline()
    return process


def test_an_interrupt_keeps_what_was_reached(mesh_file, tmp_path):
    output = tmp_path / "egg.shape"
    process = _start(mesh_file, output)
    while "training, step" not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGINT)
    printed, errors = process.communicate(timeout=100)
    assert process.returncode == 130
    assert printed == ""
    assert "egg.shape, unmeasured." in errors.splitlines()[-1]
    assert "Traceback" not in errors
    provenance = shape_file.load(output).provenance
    assert 0 < provenance.steps < provenance.planned_steps


def test_an_interrupt_before_the_first_step_writes_nothing(mesh_file, tmp_path):
    process = _start(mesh_file, tmp_path / "egg.shape")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=100)
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "neural-shapes: Interrupted. Nothing was written."
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_shape_is_resumed_in_place(run, mesh_file, tmp_path, monkeypatch):
    monkeypatch.setattr(progress, "REPORT_INTERVAL", 0.0)
    path, reported = tmp_path / "egg.shape", []
    part = train(
        read_source(mesh_file),
        DRAFT,
        device="cpu",
        threads=1,
        steps=80,
        progress=reported.append,
        cancelled=lambda: bool(reported) and reported[-1].phase == "training",
    )
    shape_file.save(part, path)
    assert 0 < part.provenance.steps < 80
    result = run("train", mesh_file, "-o", path, "--start", path, *TRAINING[:2], *TRAINING[4:], "--json")
    assert (result.status, result.json["steps"]) == (0, 80)
    assert shape_file.load(path).measures


@pytest.fixture
def interrupted_train(monkeypatch):
    """Has trainings interrupted, which then come back with a shape."""

    def replace_training(shape):
        def interrupted(*_, **options):
            signal.raise_signal(signal.SIGINT)
            assert options["cancelled"]()
            return shape

        monkeypatch.setattr("neural_shapes.core.learning.train.train", interrupted)

    return replace_training


@pytest.mark.parametrize(("measured", "end"), [(True, "egg.shape."), (False, "egg.shape, unmeasured.")])
def test_an_interrupt_after_the_measuring_does_not_call_the_shape_unmeasured(
    measured, end, run, mesh_file, shape_path, tmp_path, interrupted_train
):
    shape = shape_file.load(shape_path)
    interrupted_train(shape if measured else replace(shape, measures={}))
    result = run("train", mesh_file, "-o", tmp_path / "egg.shape", "--steps", 4)
    assert result.status == 130
    assert result.errors.splitlines()[-1].endswith(end)


def test_an_interrupted_training_does_not_replace_the_measured_shape_that_it_started_from(
    run, mesh_file, shape_path, tmp_path, interrupted_train
):
    path = tmp_path / "egg.shape"
    path.write_bytes(shape_path.read_bytes())
    interrupted_train(replace(shape_file.load(path), measures={}))
    result = run("train", mesh_file, "-o", path, "--start", path)
    assert (result.status, result.errors.splitlines()[-1].endswith("egg.shape is as it was.")) == (130, True)
    assert path.read_bytes() == shape_path.read_bytes()
    assert run("train", mesh_file, "-o", tmp_path / "other.shape", "--start", path).status == 130
    assert (tmp_path / "other.shape").exists()


def _cut_short(shape):
    return replace(shape, measures={}, provenance=replace(shape.provenance, steps=5))


def test_an_interrupted_training_does_not_replace_one_that_only_the_measuring_of_was_interrupted(
    run, mesh_file, shape_path, tmp_path, interrupted_train
):
    whole, path = replace(shape_file.load(shape_path), measures={}), tmp_path / "egg.shape"
    shape_file.save(whole, path)
    before = path.read_bytes()
    interrupted_train(_cut_short(whole))
    result = run("train", mesh_file, "-o", path, "--start", path)
    assert (result.status, result.errors.splitlines()[-1].endswith("egg.shape is as it was.")) == (130, True)
    assert path.read_bytes() == before
    interrupted_train(replace(whole, provenance=replace(whole.provenance, seed=9)))
    assert run("train", mesh_file, "-o", path, "--start", path).status == 130
    assert shape_file.load(path).provenance.seed == 9


def test_an_interrupted_training_replaces_one_that_was_interrupted_too(
    run, mesh_file, shape_path, tmp_path, interrupted_train
):
    part, path = _cut_short(shape_file.load(shape_path)), tmp_path / "egg.shape"
    shape_file.save(part, path)
    interrupted_train(replace(part, provenance=replace(part.provenance, steps=9)))
    assert run("train", mesh_file, "-o", path, "--start", path).status == 130
    assert shape_file.load(path).provenance.steps == 9


def test_a_shape_whose_measuring_memory_ran_out_for_is_written_with_a_warning(
    run, mesh_file, shape_path, tmp_path, monkeypatch
):
    """Also where it goes on with a measured one: nobody has interrupted it."""
    measured, path = shape_file.load(shape_path), tmp_path / "egg.shape"
    shape_file.save(measured, path)
    unmeasured = replace(measured, measures={}, provenance=replace(measured.provenance, seed=9))
    monkeypatch.setattr("neural_shapes.core.learning.train.train", lambda *_, **settings: unmeasured)
    result = run("train", mesh_file, "-o", path, "--start", path, "--json")
    assert (result.status, result.json["chamfer"]) == (0, None)
    assert result.errors.splitlines() == [
        "Memory ran out while the shape was measured, so that it has no figures."
    ]
    assert shape_file.load(path).provenance.seed == 9


def test_only_the_first_interrupt_is_a_request():
    handler = signal.getsignal(signal.SIGINT)
    with interruption() as interrupted:
        assert not interrupted()
        signal.raise_signal(signal.SIGINT)
        assert interrupted()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is handler
