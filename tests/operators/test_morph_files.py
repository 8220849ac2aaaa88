"""A morph as a file, a table, a picture and a surface at a moment of it; and the command that trains one."""

import csv
import json

import numpy as np
import pytest
from neural_shapes.core import shape_file
from neural_shapes.operators.command_line.command import run
from neural_shapes.scene import neural_shape
from neural_shapes.scene.morph_properties import source_names
from neural_shapes.scene.time_curve import time_at_frame
from neural_shapes.session import morphing
from neural_shapes.session.jobs import Job, State

NAME = "Ball to Box Neural"


def last_object(capsys) -> dict:
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_its_figures_over_time_are_a_table(morphed, tmp_path):
    path = tmp_path / "figures.csv"
    assert morphed.ops.neural_shapes.export_csv(filepath=str(path)) == {"FINISHED"}
    rows = list(csv.DictReader(path.open()))
    measured = neural_shape.read(morphed.context.object).over_time
    assert [float(row["volume"]) for row in rows] == pytest.approx(measured["volume"], rel=1e-5)
    with pytest.raises(RuntimeError, match="could not be written"):
        morphed.ops.neural_shapes.export_csv(filepath=str(tmp_path / "none" / "figures.csv"))


def test_without_a_measured_morph_there_is_no_table(trained):
    with pytest.raises(RuntimeError, match="carries a morph"):
        trained.ops.neural_shapes.export_csv(filepath="figures.csv")


def test_a_saved_morph_is_loaded_with_its_sources_and_the_surface_of_its_first_moment(morphed, tmp_path):
    path = tmp_path / "flow.safetensors"
    original = morphed.context.object
    assert morphed.ops.neural_shapes.save_shape(filepath=str(path)) == {"FINISHED"}
    assert morphed.ops.neural_shapes.load_shape(filepath=str(path)) == {"FINISHED"}
    loaded = morphed.context.object
    assert shape_file.to_bytes(neural_shape.read(loaded)) == shape_file.to_bytes(neural_shape.read(original))
    assert source_names(loaded) == ["Ball", "Box"]
    distances = [vertex.co.length for vertex in loaded.data.vertices]
    assert np.abs(np.array(distances) - 1).mean() < 0.04


def test_a_morph_is_not_resumed_but_retrained(morphed):
    with pytest.raises(RuntimeError, match="use Retrain in the panel Morph"):
        morphed.ops.neural_shapes.resume()


def test_info_tells_its_figures_and_whether_a_source_was_edited(morphed, capsys):
    assert run(["info", "--object", NAME, "--json"]) == 0
    printed = last_object(capsys)[NAME]
    assert (printed["state"], printed["keys"], printed["times"]) == ("current", ["Ball", "Box"], [0.0, 1.0])
    assert printed["time"] == pytest.approx(0.2)
    assert printed["drift"] == neural_shape.read(morphed.context.object).measures["drift"]
    morphed.data.objects["Box"].location.x = 0.6
    morphed.context.view_layer.update()
    run(["info", "--object", NAME, "--json"])
    assert last_object(capsys)[NAME]["state"] == "edited"


def test_a_moment_is_extracted_and_rendered(morphed, tmp_path, capsys):
    path = tmp_path / "out.blend"
    options = ["--object", NAME, "--resolution", "24", "--time", "1", "--save", str(path)]
    assert run(["extract", *options]) == 0
    morphed.ops.wm.open_mainfile(filepath=str(path))
    points = np.array([vertex.co for vertex in morphed.data.objects[NAME].data.vertices])
    assert np.abs(np.abs(points - [0.5, 0, 0]).max(axis=1) - 0.8).mean() < 0.05
    hits = []
    for time in (["--time", "0"], [], ["--time", "1"]):
        picture = ["-o", str(tmp_path / "a.png"), "--size", "16x16", "--json", *time]
        assert run(["render", "--object", NAME, *picture]) == 0
        hits.append(last_object(capsys)["pixels_hit"])
    assert len(set(hits)) > 1
    assert run(["render", "--object", NAME, *picture, "--time", "1.5"]) == 2


def test_the_command_keys_trains_and_saves(blender, tmp_path, capsys):
    blender.ops.mesh.primitive_uv_sphere_add(segments=16, ring_count=8)
    blender.context.object.name = "me@home"
    blender.ops.mesh.primitive_cube_add(size=1.5)
    blender.context.scene.neural_shapes.extraction.resolution = 24
    path, table = tmp_path / "out.blend", tmp_path / "table.csv"
    arguments = ["--keys", "Cube@30", "me@home@10", "--mode", "blend", "--easing", "linear", "--seed", "4"]
    assert run(["morph", *arguments, "--csv", str(table), "--save", str(path), "--json"]) == 0
    printed = last_object(capsys)
    assert printed["drift"] > 0
    assert len(table.read_text().splitlines()) == 6
    blender.ops.wm.open_mainfile(filepath=str(path))
    holder = blender.data.objects[printed["object"]]
    assert (holder.name, neural_shape.read(holder).provenance.seed) == ("me@home to Cube Neural", 4)
    assert time_at_frame(holder, 15) == pytest.approx(0.25)
    assert len(holder.data.polygons) > 100


def test_the_command_saves_no_morph_whose_surface_fails(morphed, tmp_path, capsys, monkeypatch):
    failed = Job("", "", "extract", 0, state=State.FAILED, sentence="Memory ran out.")
    monkeypatch.setattr(morphing, "extract", lambda *_, **__: failed)
    arguments = ["--keys", "Ball@1", "Box@9", "--mode", "blend", "--save", str(tmp_path / "out.blend")]
    assert run(["morph", *arguments]) == 2
    assert "Memory ran out." in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--keys", "Ball@1"], "at least two"),
        (["--keys", "Ball@1", "Box@1"], "both keyed at frame 1"),
        (["--keys", "Ball@1", "Nobody@9"], "no object “Nobody”"),
        (["--keys", "Ball", "Box@9"], "name and a frame"),
        (["--keys", "Ball@1", "Box@nine"], "--keys"),
        (["--keys", "Ball@1", "Box@9", "--easing", "magic"], "--easing"),
        (["--keys", "Ball@1", "Box@9", "--csv", "table.txt"], ".csv"),
    ],
)
def test_bad_input_is_one_sentence_and_saves_nothing(morphed, tmp_path, capsys, arguments, reason):
    assert run(["morph", *arguments, "--save", str(tmp_path / "out.blend")]) == 2
    printed = capsys.readouterr().err
    assert reason in printed
    assert printed.count("\n") == 1
    assert not list(tmp_path.iterdir())
