"""info, measure, extract and render: what they print and write for a shape that the command has trained."""

import argparse
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import trimesh
from neural_shapes.core import shape_file
from neural_shapes.core.command.main import VERBS
from neural_shapes.core.geometry.placement import Placement
from neural_shapes.core.tracing.camera import Camera
from neural_shapes.core.tracing.render import render
from PIL import Image


def test_info_tells_levels_size_provenance_and_measures(run, shape_path):
    printed = run("info", shape_path, "--json").json
    assert printed["levels"] == ["(64,1) alone", "(128,2) residual"]
    assert printed["thresholds"] == list(shape_file.load(shape_path).field.thresholds)
    assert printed["bytes"] == shape_path.stat().st_size
    assert printed["parameters"] == 4481 + 33665
    assert (printed["source"], printed["recipe"], printed["steps"]) == ("egg.ply", "draft", 160)
    assert printed["chamfer"] > 0


def test_help_explains_every_argument_and_names_the_defaults_of_a_map(run, capsys):
    for verb, module in VERBS.items():
        parser = argparse.ArgumentParser(verb)
        module.add_arguments(parser)
        assert [action.dest for action in parser._actions if not action.help] == []
    with pytest.raises(SystemExit):
        run("bake", "--help")
    text = " ".join(capsys.readouterr().out.split())
    for default in ("(default: normal)", "(default: tangent)", "(default: 16)"):
        assert default in text


def test_without_json_there_is_a_line_for_each_figure(run, shape_path):
    lines = run("info", shape_path).output.splitlines()
    assert any(line.split() == ["recipe", "draft"] for line in lines)
    assert any(line.startswith("normal degrees") for line in lines)


def test_a_reader_that_has_seen_enough_is_no_error(shape_path):
    command = [sys.executable, "-m", "neural_shapes.core.command.main", "info", str(shape_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait() == 0


def test_measure_repeats_the_figures_of_training(run, training, mesh_file):
    result = run("measure", training[0], mesh_file, "--json")
    trained = json.loads(training[1].read_text())
    of_training = ("repairs", "seconds", "steps", "bytes")
    expected = {name: value for name, value in trained.items() if name not in of_training}
    assert result.status == 0
    assert result.json.keys() == expected.keys()
    for name, value in expected.items():
        assert result.json[name] == (value if isinstance(value, str) else pytest.approx(value, rel=0.02))


@pytest.mark.parametrize("suffix", [".obj", ".ply", ".stl", ".off", ".glb"])
def test_extracted_meshes_are_in_the_coordinates_of_the_input(suffix, run, shape_path, mesh_file, tmp_path):
    path = tmp_path / f"egg{suffix}"
    printed = run("extract", shape_path, "-o", path, "--resolution", 48, "--json").json
    extracted, source = trimesh.load(path, force="mesh"), trimesh.load(mesh_file)
    largest = max(extracted.split(only_watertight=False), key=lambda part: part.area)
    np.testing.assert_allclose(largest.bounds, source.bounds, atol=1.0)
    assert largest.volume > 0
    assert printed.keys() == {"vertices", "faces", "evaluated_share"}
    assert printed["faces"] == len(extracted.faces)
    assert 0 < printed["evaluated_share"] < 1


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_tiny_and_huge_coordinates_keep_their_digits(factor, run, shape_path, mesh_file, tmp_path):
    shape, path, extracted = shape_file.load(shape_path), tmp_path / "egg.shape", tmp_path / "egg.obj"
    placement = Placement((0.0, 0.0, 0.0), shape.placement.scale / factor)
    shape_file.save(replace(shape, placement=placement), path)
    assert run("extract", path, "-o", extracted, "--resolution", 48).status == 0
    largest = max(trimesh.load(extracted).split(only_watertight=False), key=lambda part: part.area)
    np.testing.assert_allclose(largest.extents / factor, trimesh.load(mesh_file).extents, atol=2.0)


def test_extract_takes_level_offset_and_faces(run, shape_path, tmp_path):
    def surface(*options: object) -> trimesh.Trimesh:
        path = tmp_path / "surface.ply"
        assert run("extract", shape_path, "-o", path, "--resolution", 48, *options).status == 0
        return max(trimesh.load(path).split(only_watertight=False), key=lambda part: part.area)

    fine = surface()
    # The offset is in the source's units: the egg's half axes are 15, 10 and 10.
    grown = surface("--offset", 2)
    np.testing.assert_allclose(grown.extents - fine.extents, 4, atol=1.5)
    assert len(surface("--faces", 500).faces) <= 520
    np.testing.assert_array_equal(surface("--level", 1).vertices, fine.vertices)
    assert not np.array_equal(surface("--level", 0).vertices.shape, fine.vertices.shape)


def test_render_writes_the_picture_that_tracing_makes(run, shape_path, tmp_path):
    path, size = tmp_path / "egg.png", (48, 32)
    result = run("render", shape_path, "-o", path, "--size", "48x32", "--azimuth", -20, "--json")
    picture = render(shape_file.load(shape_path), Camera.orbit(-20, 15, size), size)
    with Image.open(path) as image:
        np.testing.assert_array_equal(np.asarray(image), np.rint(picture.image * 255))
    assert result.json.keys() == {"evaluations", "pixels_hit", "seconds"}
    assert result.json["evaluations"] == list(picture.evaluations)
    assert result.json["pixels_hit"] == picture.trace.hit.sum()


def test_render_takes_levels_and_a_cap_for_each(run, shape_path, tmp_path):
    def evaluations(*options: object) -> list[int]:
        arguments = ("render", shape_path, "-o", tmp_path / "egg.png", "--size", "32x32", "--json", *options)
        return run(*arguments).json["evaluations"]

    rays = 32 * 32
    assert len(evaluations("--levels", "0")) == len(evaluations("--levels", "1")) == 1
    capped = evaluations("--levels", "0,1", "--iterations", "3,2")
    assert capped[0] <= 3 * rays
    assert capped[1] <= 2 * rays
    mapped = evaluations("--iterations", "60,0")
    assert mapped[0] > 0
    assert mapped[1] == 0
    assert evaluations()[1] < evaluations("--levels", "1")[0]
