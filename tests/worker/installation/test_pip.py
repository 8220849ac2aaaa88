"""pip's progress and its errors in plain words, from what pip prints."""

from pathlib import Path

import pytest
from neural_shapes.worker.installation.builds import CPU_LINUX, TORCH_INDEX
from neural_shapes.worker.installation.install import REQUIREMENTS
from neural_shapes.worker.installation.pip import DOWNLOADED, PipProgress, explain, install_arguments


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
