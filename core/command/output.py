"""What commands print and write: results for people or programs, and files that are checked beforehand."""

import json
import math
import os
from pathlib import Path
from typing import Any

from ..errors import Cancelled, NeuralShapesError
from ..neural_shape import NeuralShape

# What the program reads and writes beside shapes, by suffix; another suffix, or none, does for a shape.
MESH_SUFFIXES, PICTURE_SUFFIXES = (".obj", ".ply", ".stl", ".off", ".glb"), (".png", ".exr")
OTHER_KINDS = {
    **dict.fromkeys(MESH_SUFFIXES, "mesh"),
    **dict.fromkeys(PICTURE_SUFFIXES, "picture"),
    ".blend": "Blender file",
}


def require_writable(path: Path, *inputs: Path) -> None:
    """Raises NeuralShapesError, before any work is done, when a result could not be written to ``path``.

    It must not be one of the inputs either, since a source is never changed.
    """
    if path.is_dir():
        raise NeuralShapesError(f"{path} is a folder; give the name of a file in it.")
    if not path.parent.is_dir():
        raise NeuralShapesError(f"There is no folder {path.parent} to write {path.name} to.")
    if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise NeuralShapesError(f"{path} could not be written: it or its folder is read-only.")
    if any(path.exists() and source.exists() and path.samefile(source) for source in inputs):
        raise NeuralShapesError(f"{path} is the input; give the result another name.")


def require_different(path: Path, other: Path) -> None:
    """Raises NeuralShapesError when two results would be written to the same file."""
    if path.resolve() == other.resolve():
        raise NeuralShapesError(f"{path} is given for two results; give one of them another name.")


def require_no_loss(
    path: Path, shape: NeuralShape, start_path: Path | None, start: NeuralShape | None
) -> None:
    """Raises Cancelled when an interrupted training would replace the shape that it started from, which is
    measured, or at least wholly trained, where the new one is not."""
    if start is None or _stage(shape) >= _stage(start):
        return
    if path.exists() and path.samefile(start_path):
        raise Cancelled(f"{path} is as it was.")


def _stage(shape: NeuralShape) -> int:
    """How far a training got: 0 within it, 1 to its end, and 2 to that of the measuring too."""
    if shape.measures:
        return 2
    return int(shape.provenance.steps == shape.provenance.planned_steps > 0)


def left_by_interrupt(kind: str, shape: NeuralShape, path: Path) -> str:
    """What an interrupt has left in a file, in a sentence; ``kind`` is what the shape is called in it."""
    if shape.measures:
        return f"The whole {kind} is in {path}."
    return f"The {kind} as far as it was trained is in {path}, unmeasured."


def require_shape_name(path: Path) -> None:
    """Raises NeuralShapesError when a shape would be written to a file whose name is that of another kind."""
    kind = OTHER_KINDS.get(path.suffix.lower())
    if kind is not None:
        raise NeuralShapesError(f"{path.name} is a {kind}'s name; a shape's ends in .shape or .safetensors.")


def require_suffix(path: Path, *suffixes: str) -> None:
    """Raises NeuralShapesError when the file's name ends in none of the suffixes."""
    if path.suffix.lower() not in suffixes:
        raise NeuralShapesError(f"{path} should end in {' or '.join(suffixes)}.")


def as_json(result: dict[str, Any]) -> str:
    """The result as one JSON object; JSON has no infinities, so that what is not finite becomes null."""
    return json.dumps(_finite(result), allow_nan=False)


def as_lines(result: dict[str, Any]) -> str:
    """The result for people: one line a figure."""
    width = max(len(name) for name in result)
    return "\n".join(f"{name.replace('_', ' '):<{width}}  {_text(value)}" for name, value in result.items())


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(entry)}" for name, entry in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(entry) for entry in value)
    if isinstance(value, float):
        return f"{value:.4g}"
    return "–" if value in (None, "") else str(value)
