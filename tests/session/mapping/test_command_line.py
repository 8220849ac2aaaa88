"""blender -c neural_shapes normals and bake do what the operators do, and save what they made."""

import json

import bpy
import numpy as np
import pytest
from neural_shapes.operators.command_line.command import run
from neural_shapes.scene.custom_normals import has_transferred
from neural_shapes.scene.target_mesh import read_corner_normals


def test_normals_are_transferred_and_saved(scene, corner_positions, degrees_between, tmp_path, capsys):
    scene.target(name="Low")
    path = tmp_path / "out.blend"
    arguments = ["--shape", "Ellipsoid", "--object", "Low", "--kind", "deforming", "--save", str(path)]
    assert run(["normals", *arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["Low"] == {"masked_share": 0.0}
    true = scene.true_normals(bpy.data.objects["Low"], corner_positions(bpy.data.objects["Low"].data))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    mesh = bpy.data.objects["Low"].data
    assert has_transferred(mesh)
    assert degrees_between(read_corner_normals(mesh), true).mean() < 3


def test_a_map_is_baked_into_the_file_that_is_named(scene, tmp_path, capsys):
    scene.target(name="Low")
    path = tmp_path / "curvature.png"
    arguments = ["--shape", "Ellipsoid", "--object", "Low", "-o", str(path), "--map", "curvature"]
    assert run(["bake", *arguments, "--size", "48", "--bits", "16", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert printed.keys() == {"masked_share", "overlapping_share", "full_scale"}
    assert (printed["masked_share"], printed["full_scale"] > 0) == (0.0, True)
    image = bpy.data.images.load(str(path), check_existing=False)
    assert tuple(image.size) == (48, 48)
    assert np.ptp(np.array(image.pixels)) > 0.05


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["normals", "--shape", "Ellipsoid", "--object", "Nothing", "--save", "x.blend"], "Nothing"),
        (["normals", "--shape", "Low", "--object", "Low", "--save", "x.blend"], "no neural shape"),
        (["bake", "--shape", "Ellipsoid", "--object", "Ellipsoid", "-o", "map.png"], "no faces"),
        (["bake", "--shape", "Ellipsoid", "--object", "Low", "-o", "map.jpg"], ".png"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(scene, tmp_path, monkeypatch, capsys, arguments, word):
    monkeypatch.chdir(tmp_path)
    scene.target(name="Low")
    assert run(arguments) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 1
    assert word in errors[0]
    assert not list(tmp_path.iterdir())
