"""neural-shapes train: what it writes and prints, that it repeats itself, and what an interrupt leaves."""

import csv
import json
import signal
import subprocess
import sys

import numpy as np
import pytest
import trimesh
from neural_shapes.core import shape_file
from neural_shapes.core.command.interrupt import interruption

# The shortest training that is one.
TRAINING = ("--preset", "draft", "--steps", "4", "--threads", "1", "--device", "cpu")
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


def test_only_the_first_interrupt_is_a_request():
    handler = signal.getsignal(signal.SIGINT)
    with interruption() as interrupted:
        assert not interrupted()
        signal.raise_signal(signal.SIGINT)
        assert interrupted()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is handler
