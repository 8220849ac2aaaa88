"""Shared by all tests: where the checkout is, and a fresh Blender with Neural Shapes enabled."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout's root, which is the extension's root and the package neural_shapes."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture
def blender() -> Iterator[ModuleType]:
    """bpy with an empty file, factory settings, and Neural Shapes enabled as Blender enables it."""
    import addon_utils
    import bpy

    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon_utils.enable("neural_shapes", default_set=True)
    yield bpy
    addon_utils.disable("neural_shapes", default_set=True)
