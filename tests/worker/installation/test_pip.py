"""pip's progress and its errors in plain words, from what pip prints."""

import sys
from pathlib import Path

import pytest
from neural_shapes.worker.installation.builds import CPU_LINUX, TORCH_INDEX
from neural_shapes.worker.installation.install import REQUIREMENTS
from neural_shapes.worker.installation.pip import (
    DOWNLOADED,
    PipProgress,
    explain,
    install_arguments,
    pip_command,
)


def test_shares_follow_the_bytes_of_all_downloads() -> None:
    progress = PipProgress(expected_bytes=1000_000)
    progress.read("Collecting torch==2.13.0+cpu")
    assert progress.share == 0
    progress.read("  Downloading numpy-2.5.5-cp313-cp313-manylinux_2_28_x86_64.whl (250 kB)")
    progress.read("Progress 100000 of 250000")
    assert progress.phase == "Downloading numpy (250 kB)"
    assert progress.share == pytest.approx(0.1 * DOWNLOADED)
    progress.read("Downloading torch-2.13.0%2Bcpu-cp313-cp313-manylinux_2_28_x86_64.whl (0.5 MB)")
    assert progress.share == pytest.approx(0.25 * DOWNLOADED)
    progress.read("Progress 500000 of 500000")
    assert progress.share == pytest.approx(0.75 * DOWNLOADED)
    progress.read("Installing collected packages: torch, numpy")
    assert (progress.phase, progress.share) == ("Unpacking", DOWNLOADED)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("ERROR: Could not install packages: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: [WinError 112] Es steht nicht genug Speicherplatz zur Verfügung: 'C:\\\\x'", "disk is full"),
        (
            "ERROR: [WinError 206] Der Dateiname oder die Erweiterung ist zu lang: 'C:\\\\x'",
            "longer than Windows",
        ),
        (
            "ERROR: [WinError 3] Das System kann den Pfad nicht finden: 'C:\\\\x'",
            "longer than Windows allows",
        ),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 2] No such file: 'C:\\\\x'\n"
            "HINT: This error might have occurred since this system does not have Windows Long Path support"
            " enabled.",
            "longer than Windows allows",
        ),
        (
            "WARNING: Retrying after connection broken by 'SSLError([SSL: CERTIFICATE_VERIFY_FAILED])'\n"
            "ERROR: No matching distribution found for torch",
            "certificate is not trusted",
        ),
        (
            "WARNING: Retrying after connection broken by 'ProxyError('Cannot connect to proxy.')'\n"
            "ERROR: No matching distribution found for torch",
            "The proxy does not answer",
        ),
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError('Name or service not known')'\n"
            "ERROR: No matching distribution found for torch==2.13.0",
            "connection to the package index was lost",
        ),
        ("ERROR: No matching distribution found for torch==2.13.0+cu130", "index has no torch==2.13.0+cu"),
        ("ERROR: something new", "pip failed (something new); see the log"),
        ("", "no reason given"),
    ],
)
def test_an_error_of_pip_is_explained(printed: str, expected: str) -> None:
    assert expected in explain(printed.splitlines(), None)


def test_pip_prints_utf_8_as_it_is_read(tmp_path: Path) -> None:
    command, _ = pip_command(Path(sys.executable))
    assert command[command.index("-X") + 1] == "utf8"
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nprintf 'pip 24.0 from C:/Users/J\\374rgen/blender\\n'\n")
    python.chmod(0o755)
    assert pip_command(python)[1] == (24, 0)


def test_the_build_is_asked_of_its_index_and_nothing_is_built_or_trusted_blindly() -> None:
    arguments = install_arguments(CPU_LINUX, REQUIREMENTS, Path("new"), None, (25, 0))
    assert arguments[arguments.index("--extra-index-url") + 1] == TORCH_INDEX + "cpu"
    assert arguments[arguments.index("--only-binary") + 1] == ":all:"
    assert "torch==2.13.0+cpu" in arguments
    assert "--trusted-host" not in arguments


def test_a_folder_of_wheels_is_the_only_source() -> None:
    arguments = install_arguments(CPU_LINUX, REQUIREMENTS, Path("new"), Path("wheels"), (23, 2))
    assert {"--no-index", "--isolated", "torch==2.13.0"} <= set(arguments)
    assert "--extra-index-url" not in arguments
    assert arguments[arguments.index("--progress-bar") + 1] == "off"
