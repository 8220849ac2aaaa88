"""Whatever a user gets wrong is one sentence on standard error and exit status 2, and nothing is written."""

import os
import resource
import subprocess
import sys

import pytest
from neural_shapes.core.geometry.files import SUFFIXES

GOOD_CUBE = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"

BAD_MESHES = {
    "empty.obj": "",
    "points.obj": "v 0 0 0\nv 1 0 0\nv 0 1 0\n",
    "plane.obj": "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
    "point.obj": "v 1 1 1\nv 1 1 1\nv 1 1 1\nf 1 2 3\n",
    "range.obj": "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n",
    "nan.obj": GOOD_CUBE.replace("v 0 1 0", "v nan 1 0"),
    "infinite.obj": GOOD_CUBE.replace("v 0 1 0", "v inf 1 0"),
    "text.stl": "this is no mesh",
    "damaged.glb": "glTF and nothing more",
    "damaged.ply": "ply\nformat ascii 1.0\nelement vertex 900\n",
    "mesh.fbx": "Kaydara FBX",
}


def assert_refused(result, *words: str) -> None:
    assert result.status == 2
    assert result.output == ""
    lines = result.errors.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("neural-shapes: ")
    assert lines[0].endswith(".")
    for word in words:
        assert word in lines[0]


@pytest.mark.parametrize("name", BAD_MESHES)
def test_meshes_that_cannot_be_trained_on(name, run, tmp_path):
    mesh, shape = tmp_path / name, tmp_path / "out.shape"
    mesh.write_text(BAD_MESHES[name])
    assert_refused(run("train", mesh, "-o", shape))
    assert os.listdir(tmp_path) == [name]


def test_a_mesh_that_is_not_there(run, tmp_path, shape_path):
    assert_refused(run("train", tmp_path / "no.obj", "-o", tmp_path / "out"), "no.obj", "No such file")
    assert_refused(run("train", tmp_path, "-o", tmp_path / "out"))
    assert_refused(run("measure", shape_path, tmp_path / "no.obj"), "no.obj")


@pytest.mark.parametrize(
    "verb", [("info",), ("measure", "MESH"), ("extract", "-o", "x.ply"), ("render", "-o", "x.png")]
)
@pytest.mark.parametrize("content", [b"", b"no shape", b"\xff" * 64, None], ids=repr)
def test_shapes_that_are_none(verb, content, run, tmp_path, mesh_file, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shape = tmp_path / "bad.shape"
    if content is not None:
        shape.write_bytes(content)
    name, *rest = [str(mesh_file) if part == "MESH" else part for part in verb]
    assert_refused(run(name, shape, *rest), str(shape))
    assert os.listdir(tmp_path) == ([] if content is None else ["bad.shape"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), ["VERB", "--help"]),
        (("paint",), ["paint"]),
        (("train", "MESH"), ["-o"]),
        (("train", "MESH", "-o", "OUT", "--preset", "best"), ["best", "draft", "standard"]),
        (("train", "MESH", "-o", "OUT", "--steps", "0"), ["--steps: '0' is no whole number from 1 on; see"]),
        (("train", "MESH", "-o", "OUT", "--steps", "5", "--seconds", "5"), ["--seconds", "--steps"]),
        (("train", "MESH", "-o", "OUT", "--seconds", "-1"), ["--seconds: '-1' is no number above 0"]),
        (("train", "MESH", "-o", "OUT", "--seconds", "nan"), ["--seconds: 'nan' is no finite number"]),
        (("train", "MESH", "-o", "OUT", "--seed", "-1"), ["--seed: '-1' is no whole number from 0 on"]),
        (("train", "MESH", "-o", "OUT", "--seed", str(2**63)), ["--seed", "is too large"]),
        (("train", "MESH", "-o", "OUT", "--threads", "0"), ["--threads"]),
        (("train", "MESH", "-o", "OUT", "--device", "tpu"), ["tpu", "cuda"]),
        (("extract", "SHAPE", "-o", "OUT.ply", "--level", "2"), ["levels 0 to 1", "2"]),
        (("extract", "SHAPE", "-o", "OUT.ply", "--level", "-3"), ["levels 0 to 1"]),
        (("extract", "SHAPE", "-o", "OUT.ply", "--resolution", "2"), ["resolution"]),
        (("extract", "SHAPE", "-o", "OUT.ply", "--resolution", "many"), ["'many' is no whole number from 1"]),
        (("extract", "SHAPE", "-o", "OUT.ply", "--level", "a"), ["--level: 'a' is no whole number"]),
        (("extract", "SHAPE", "-o", "OUT.ply", "--offset", "inf"), ["--offset: 'inf' is no finite number"]),
        (("extract", "SHAPE", "-o", "OUT.ply", "--resolution", "32", "--offset=-50"), ["no surface"]),
        (("extract", "SHAPE", "-o", "OUT.fbx"), [".obj", ".glb"]),
        (("render", "SHAPE", "-o", "OUT.jpg"), [".png"]),
        (("render", "SHAPE", "-o", "OUT.png", "--size", "640"), ["'640' is no size in pixels, such as"]),
        (("render", "SHAPE", "-o", "OUT.png", "--size", "0x5"), ["'0x5' is no size in pixels, such as"]),
        (("render", "SHAPE", "-o", "OUT.png", "--size", "9000x9"), ["--size", "4096"]),
        (("render", "SHAPE", "-o", "OUT.png", "--levels", "0,2"), ["levels 0 to 1"]),
        (("render", "SHAPE", "-o", "OUT.png", "--levels", "1,0"), ["coarse to fine"]),
        (("render", "SHAPE", "-o", "OUT.png", "--levels", "0,a"), ["'0,a' is no list of whole numbers"]),
        (("render", "SHAPE", "-o", "OUT.png", "--iterations", "60"), ["one cap for each of the 2"]),
        (("render", "SHAPE", "-o", "OUT.png", "--elevation", "91"), ["--elevation", "90"]),
        (("render", "SHAPE", "-o", "OUT.png", "--azimuth", "nan"), ["--azimuth: 'nan' is no finite number"]),
        (("bake", "SHAPE", "MESH", "-o", "OUT.png", "--distance", "-1"), ["'-1' is no number from 0 on"]),
        (("bake", "SHAPE", "MESH", "-o", "OUT.png", "--size", "0"), ["--size: '0' is no whole number"]),
        (("bake", "SHAPE", "MESH", "-o", "OUT.png", "--bits", "a"), ["--bits: 'a' is no whole number"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_arguments_that_make_no_sense(arguments, words, run, mesh_file, shape_path, tmp_path):
    names = {"MESH": str(mesh_file), "SHAPE": str(shape_path)}
    filled = [names.get(part, part.replace("OUT", str(tmp_path / "out"))) for part in arguments]
    assert_refused(run(*filled), *words)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("verb", ["train", "extract", "render"])
def test_outputs_that_cannot_be_written_are_refused_before_the_work(
    verb, run, mesh_file, shape_path, tmp_path
):
    source = mesh_file if verb == "train" else shape_path
    suffix = {"train": ".shape", "extract": ".ply", "render": ".png"}[verb]
    folder = tmp_path / f"folder{suffix}"
    folder.mkdir()
    assert_refused(run(verb, source, "-o", tmp_path / "nowhere" / f"out{suffix}"), "no folder", "nowhere")
    assert_refused(run(verb, source, "-o", folder), "is a folder")
    assert list(tmp_path.rglob("*")) == [folder]


def test_the_source_is_never_overwritten(run, mesh_file, tmp_path):
    before = mesh_file.read_bytes()
    link = tmp_path / "same.ply"
    link.symlink_to(mesh_file)
    assert_refused(run("train", mesh_file, "-o", mesh_file), "is the input")
    assert_refused(run("train", mesh_file, "-o", link), "is the input")
    assert mesh_file.read_bytes() == before


@pytest.mark.parametrize("verb", ["train", "morph", "import-checkpoint"])
@pytest.mark.parametrize("suffix", [*SUFFIXES, ".PNG", ".exr", ".blend"])
def test_a_shape_is_not_given_the_name_of_another_kind_of_file(verb, suffix, run, mesh_file, tmp_path):
    inputs = [mesh_file] * (2 if verb == "morph" else 1)
    sentence = f"out{suffix} is a "
    result = run(verb, *inputs, "-o", tmp_path / f"out{suffix}")
    assert_refused(result, sentence, "name; a shape's ends in .shape or .safetensors.")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("verb", ["train", "morph"])
def test_two_results_need_two_files(verb, run, mesh_file, shape_path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    meshes = [mesh_file] * {"train": 1, "morph": 2}[verb]
    assert_refused(run(verb, *meshes, "-o", tmp_path / "x.csv", "--csv", "x.csv"), "two results")
    start = tmp_path / "start.csv"
    start.write_bytes(shape_path.read_bytes())
    assert_refused(run(verb, *meshes, "-o", "x", "--start", start, "--csv", "start.csv"), "is the input")
    assert os.listdir(tmp_path) == ["start.csv"]


def test_a_start_that_is_none(run, mesh_file, shape_path, tmp_path):
    out = tmp_path / "out"
    for verb, meshes in (("train", [mesh_file]), ("morph", [mesh_file] * 2)):
        assert_refused(run(verb, *meshes, "-o", out, "--start", tmp_path / "no.shape"), "no.shape", "read")
    assert_refused(run("morph", *meshes, "-o", out, "--start", shape_path), "is no morph")
    assert not out.exists()


@pytest.mark.parametrize(("verb", "name"), [("extract", "out.ply"), ("render", "out.png")])
def test_a_disk_without_room_leaves_nothing_behind(verb, name, shape_path, tmp_path):
    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    command = [
        sys.executable,
        "-m",
        "neural_shapes.core.command.main",
        verb,
        shape_path,
        "-o",
        tmp_path / name,
    ]
    result = subprocess.run(map(str, command), preexec_fn=no_room, capture_output=True, text=True)
    assert result.returncode == 2
    assert "could not be written: File too large." in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.getuid() == 0, reason="nothing is read-only for root")
def test_a_read_only_folder(run, mesh_file, tmp_path):
    tmp_path.chmod(0o500)
    assert_refused(run("train", mesh_file, "-o", tmp_path / "out.shape"), "read-only")


def test_a_device_that_is_missing(run, mesh_file, tmp_path):
    import torch

    missing = [name for name in ("cuda", "mps") if not getattr(torch, name).is_available()]
    for name in missing:
        assert_refused(run("train", mesh_file, "-o", tmp_path / "out", "--device", name), name)
    assert missing


def test_the_installed_command_ends_with_the_same_status():
    command = [sys.executable, "-m", "neural_shapes.core.command.main", "info", "nowhere.shape"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr == "neural-shapes: nowhere.shape could not be read: No such file or directory.\n"
