"""Makes the command known to Blender."""

from typing import Any

import bpy

from .command import NAME, run

_registered: list[Any] = []


def register() -> None:
    """Have `blender -c neural_shapes` run the command."""
    _registered.append(bpy.utils.register_cli_command(NAME, run))


def unregister() -> None:
    """Take the command away again."""
    bpy.utils.unregister_cli_command(_registered.pop())
