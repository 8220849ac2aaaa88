"""blender -c neural_shapes: the verbs do what the operators do, and fail in one sentence with status 2."""

import json
import signal

import numpy as np
import pytest
from neural_shapes.core import shape_file
from neural_shapes.operators.command_line import info
from neural_shapes.operators.command_line.command import run
from neural_shapes.scene import neural_shape

NORMALS = ("--shape", "Suzanne Neural", "--object", "Suzanne")


def last_object(capsys) -> dict:
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_train_saves_a_file_with_the_shape(blender, tmp_path, capsys):
    blender.ops.mesh.primitive_monkey_add()
    path = tmp_path / "out.blend"
    arguments = ["--object", "Suzanne", "--preset", "draft", "--steps", "10", "--seed", "3"]
    assert run(["train", *arguments, "--save", str(path), "--json"]) == 0
    printed = last_object(capsys)["Suzanne Neural"]
    assert printed["steps"] == 10
    assert printed["chamfer"] > 0
    blender.ops.wm.open_mainfile(filepath=str(path))
    shape = neural_shape.read(blender.data.objects["Suzanne Neural"])
    assert (shape.provenance.seed, shape.provenance.steps) == (3, 10)


def test_extract_saves_the_surface_at_the_resolution(trained, tmp_path, capsys):
    path = tmp_path / "out.blend"
    options = ["--object", "Suzanne Neural", "--resolution", "16", "--offset", "0.05"]
    assert run(["extract", *options, "--save", str(path), "--json"]) == 0
    trained.ops.wm.open_mainfile(filepath=str(path))
    assert last_object(capsys)["vertices"] == len(trained.data.objects["Suzanne Neural"].data.vertices)


def test_render_writes_a_picture(trained, tmp_path, capsys):
    path = tmp_path / "picture.png"
    assert run(["render", "--object", "Suzanne Neural", "-o", str(path), "--size", "24x16", "--json"]) == 0
    assert 20 < last_object(capsys)["pixels_hit"] < 24 * 16
    image = trained.data.images.load(str(path))
    assert tuple(image.size) == (24, 16)
    assert np.ptp(np.array(image.pixels)) > 0.2


def test_export_writes_the_same_shape(trained, tmp_path):
    path = tmp_path / "shape.safetensors"
    assert run(["export", "--object", "Suzanne Neural", "-o", str(path)]) == 0
    stored = neural_shape.read(trained.data.objects["Suzanne Neural"])
    assert shape_file.to_bytes(shape_file.load(path)) == shape_file.to_bytes(stored)


def test_info_tells_whether_the_source_was_edited(trained, capsys):
    assert run(["info", "--json"]) == 0
    printed = last_object(capsys)
    assert printed["shapes"] == 1
    assert printed["Suzanne Neural"]["state"] == "current"
    trained.data.objects["Suzanne"].data.vertices[0].co.x += 0.01
    trained.data.objects["Suzanne"].data.update()
    run(["info", "--object", "Suzanne Neural", "--json"])
    assert last_object(capsys)["Suzanne Neural"]["state"] == "edited"
    trained.data.objects.remove(trained.data.objects["Suzanne"])
    run(["info", "--json"])
    assert last_object(capsys)["Suzanne Neural"]["state"] == "missing"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["train", "--object", "Nobody", "--save", "OUT"], "has no object “Nobody”; it has “Suzanne”"),
        (["train", "--object", "Suzanne"], "--save"),
        (["train", "--object", "Suzanne", "--preset", "best", "--save", "OUT"], "--preset"),
        (["train", "--object", "Suzanne", "--save", "FOLDER/none/out.blend"], "no folder"),
        (["train", "--object", "Suzanne", "--save", "FOLDER/out.obj"], ".blend"),
        (["extract", "--object", "Suzanne", "--save", "OUT"], "carries no neural shape"),
        (["extract", "--object", "Suzanne Neural", "--level", "7", "--save", "OUT"], "no level 7"),
        (["render", "--object", "Suzanne Neural", "-o", "FOLDER/picture.jpg"], ".png"),
        (["export", "--object", "Suzanne Neural", "-o", "FOLDER"], "is a folder"),
        (
            ["export", "--object", "Suzanne Neural", "-o", "FOLDER/ape.ply"],
            "ape.ply is a mesh's name; a shape's",
        ),
        (
            ["morph", "--keys", "Suzanne@a", "Suzanne@2", "--save", "OUT"],
            "Suzanne@a should be an object's name",
        ),
        (
            ["normals", *NORMALS, "--strength", "2", "--save", "OUT"],
            "--strength: '2' is no number from 0 to 1",
        ),
        (["fly"], "invalid choice"),
        ([], "required"),
    ],
)
def test_bad_input_is_one_sentence_on_standard_error_and_status_2(
    trained, tmp_path, capsys, arguments, reason
):
    replacements = {"OUT": str(tmp_path / "out.blend")}
    arguments = [replacements.get(part, part.replace("FOLDER", str(tmp_path))) for part in arguments]
    assert run(arguments) == 2
    printed = capsys.readouterr().err
    assert reason in printed
    assert printed.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_help_is_no_error(blender, capsys):
    assert run(["train", "--help"]) == 0
    assert "--preset" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["normals", "bake"])
def test_distances_are_in_the_scenes_units(blender, capsys, verb):
    assert run([verb, "--help"]) == 0
    assert "in the scene's units" in " ".join(capsys.readouterr().out.split())


def test_control_c_is_heard_past_blenders_own_handler_and_is_status_130(blender, capsys, monkeypatch):
    def interrupted(*_: object) -> dict:
        signal.raise_signal(signal.SIGINT)
        return {}

    monkeypatch.setattr(info, "run", interrupted)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # As without a window, Python sees nothing of it.
    try:
        assert run(["info"]) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert "Interrupted. Nothing was written." in capsys.readouterr().err
