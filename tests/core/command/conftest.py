"""The command, run in this process; a mesh, and a shape trained on it by the command itself."""

import contextlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from neural_shapes.core.command.main import main

TRAINING = ("--preset", "draft", "--steps", "160", "--seed", "3", "--threads", "1", "--device", "cpu")


@dataclass(frozen=True)
class Result:
    """How a run of the command ended, and what it printed where."""

    status: int
    output: str
    errors: str

    @property
    def json(self) -> dict[str, Any]:
        """The object on standard output, which holds nothing else."""
        return json.loads(self.output)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Runs neural-shapes with arguments of any type."""

    def run_command(*arguments: object) -> Result:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        return Result(status, *capsys.readouterr())

    return run_command


@pytest.fixture(scope="session")
def mesh_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ball squeezed to 30 x 20 x 20, centred far from the origin."""
    mesh = trimesh.creation.icosphere(subdivisions=3, radius=10)
    mesh.apply_transform(np.diag([1.5, 1, 1, 1]))
    mesh.apply_translation([100, 20, -5])
    path = tmp_path_factory.mktemp("mesh") / "egg.ply"
    mesh.export(path)
    return path


@pytest.fixture(scope="session")
def training(mesh_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The file of a briefly trained shape, and what the command printed as JSON."""
    folder = tmp_path_factory.mktemp("shape")
    shape, printed = folder / "egg.shape", folder / "printed.json"
    files = ("-o", str(shape), "--csv", str(folder / "egg.csv"))
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        assert main(["train", str(mesh_file), *files, *TRAINING, "--json"]) == 0
    printed.write_text(output.getvalue())
    return shape, printed


@pytest.fixture(scope="session")
def shape_path(training: tuple[Path, Path]) -> Path:
    return training[0]
