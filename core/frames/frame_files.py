"""The files of a bake: what they are called, and which of them can stay."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import NeuralShapesError
from .mesh_frame import read_made_from

# Understood alike by str.format and by Blender's node Format String.
FRAME_NAME = "frame_{frame:04}.ply"
# What all those names match.
FRAME_NAMES = "frame_*.ply"


def frame_path(folder: Path, frame: int) -> Path:
    """The file of a frame."""
    return folder / FRAME_NAME.format(frame=frame)


def is_up_to_date(path: Path, made_from: Mapping[str, Any]) -> bool:
    """Whether a frame's file is whole and was made from the same.

    Raises NeuralShapesError when it is a file of somebody else, which must not be lost, or unreadable.
    """
    try:
        return read_made_from(path) == dict(made_from)
    except ValueError as error:
        raise NeuralShapesError(f"{path} was not baked by Neural Shapes; choose another folder.") from error
    except OSError as error:
        raise NeuralShapesError(f"{path} could not be read: {error.strerror}.") from error
