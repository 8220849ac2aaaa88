"""Shared by all tests: where the checkout is."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout's root, which is the extension's root and the package neural_shapes."""
    return Path(__file__).resolve().parent.parent
