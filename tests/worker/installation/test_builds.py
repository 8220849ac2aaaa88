"""The machine decides which build of torch suits it."""

from pathlib import Path

import pytest
from neural_shapes.core.errors import NeuralShapesError
from neural_shapes.worker.installation.builds import TORCH_INDEX, choose
from neural_shapes.worker.installation.machine import Machine, NvidiaGpu, parse_nvidia, this_machine


def pc(name: str = "", compute: tuple[int, int] = (0, 0), driver: int = 0, **settings: object) -> Machine:
    gpu = NvidiaGpu(name, compute, driver) if name else None
    return Machine(**{"system": "Linux", "architecture": "x86_64", "nvidia": gpu, **settings})


@pytest.mark.parametrize(
    ("machine", "build", "reason"),
    [
        (pc("RTX 5090", (12, 0), 580), "cu130", "RTX 5090, driver 580"),
        (pc("RTX 5090", (12, 0), 570), "cpu", "has driver 570; to train on it, first update that to 580"),
        (pc("RTX 4070", (8, 9), 560, system="Windows", architecture="amd64"), "cu126", "RTX 4070"),
        (pc("GTX 1080", (6, 1), 590), "cu126", "GTX 1080"),
        (pc("GTX 1080", (6, 1), 470), "cpu", "first update that to 528"),
        (pc("GTX 680", (3, 0), 470), "cpu", "older than the GPUs"),
        (pc(has_amd=True), "rocm7.2", "AMD"),
        (pc(has_amd=True, system="Windows", architecture="amd64"), "cpu", "No GPU"),
        (pc(), "cpu", "No GPU"),
        (pc(architecture="aarch64"), "cpu", "No GPU"),
        (pc(system="Darwin", architecture="arm64"), "mps", "Apple"),
    ],
)
def test_the_newest_build_that_runs_the_gpu_is_chosen(machine: Machine, build: str, reason: str) -> None:
    choice = choose(machine)
    assert choice.build.name == build
    assert reason in choice.reason


@pytest.mark.parametrize(("system", "architecture"), [("Darwin", "x86_64"), ("FreeBSD", "amd64")])
def test_a_system_without_a_build_is_told_so(system: str, architecture: str) -> None:
    with pytest.raises(NeuralShapesError, match=f"no build for {system} on {architecture}"):
        choose(Machine(system, architecture))


def test_builds_outside_the_package_index_are_pinned_to_theirs() -> None:
    cuda = choose(pc("RTX 5090", (12, 0), 580)).build
    assert (cuda.index, cuda.version_suffix) == (TORCH_INDEX + "cu130", "+cu130")
    windows = choose(pc(system="Windows", architecture="amd64")).build
    assert (windows.index, windows.version_suffix) == (None, "")


def test_the_driver_s_answer_is_read_and_its_notes_are_not() -> None:
    answer = "NVIDIA T400, 7.5, 550.54.14\nNVIDIA RTX A6000, 8.6, 550.54.14\nUnknown, [N/A], 550.54\n"
    assert parse_nvidia(answer) == NvidiaGpu("NVIDIA RTX A6000", (8, 6), 550)
    assert parse_nvidia("NVIDIA-SMI has failed because it couldn't communicate with the driver.") is None


def test_a_driver_that_answers_in_another_encoding_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\nprintf 'Ger\\344t\\nNVIDIA T400, 7.5, 550.54.14\\n'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert this_machine().nvidia == NvidiaGpu("NVIDIA T400", (7, 5), 550)


def test_this_machine_has_a_build() -> None:
    assert choose(this_machine()).build.download > 0
