"""The self-test trains for real in a fresh process, and says what is missing where it cannot."""

from pathlib import Path

import pytest
from neural_shapes.core.errors import NeuralShapesError
from neural_shapes.worker.environment import find_environment
from neural_shapes.worker.installation.checking import check_environment


def test_a_python_with_torch_trains() -> None:
    report = check_environment(find_environment().python, None, "cpu")
    assert report.torch.startswith("2.")
    assert "CPU" in report.device
    assert report.memory > 10**9


def test_what_is_no_python_is_told(tmp_path: Path) -> None:
    with pytest.raises(NeuralShapesError, match=r"cannot be run .*; choose another Python"):
        check_environment(tmp_path, None, "cpu")
