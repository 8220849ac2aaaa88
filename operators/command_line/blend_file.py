"""What the verbs do with the opened file: find its objects, wait for their jobs, save it."""

import argparse
from collections.abc import Iterable
from pathlib import Path

import bpy

from ...core.command.output import require_suffix, require_writable
from ...core.errors import Cancelled, NeuralShapesError
from ...scene import neural_shape
from ...session.jobs import Job, State


def add_save_argument(parser: argparse.ArgumentParser) -> None:
    """--save, without which the work would be lost."""
    parser.add_argument("--save", metavar="BLEND", type=Path, required=True, help="the file to save")


def find_object(name: str) -> bpy.types.Object:
    """An object of the file by its name. Raises NeuralShapesError when there is none."""
    found = bpy.data.objects.get(name)
    if found is None:
        raise NeuralShapesError(f"The file has no object “{name}”; it has {_names(bpy.data.objects)}.")
    return found


def find_shape(name: str) -> bpy.types.Object:
    """An object that carries a neural shape. Raises NeuralShapesError when it does not."""
    found = find_object(name)
    if not neural_shape.has_shape(found):
        raise NeuralShapesError(f"“{name}” carries no neural shape; these do: {_names(all_shapes())}.")
    return found


def all_shapes() -> list[bpy.types.Object]:
    """All objects of the file that carry neural shapes."""
    return [holder for holder in bpy.data.objects if neural_shape.has_shape(holder)]


def require_done(job: Job) -> None:
    """Raises NeuralShapesError with the reason when a job that has ended failed, and Cancelled likewise."""
    if job.state is State.FAILED:
        raise NeuralShapesError(job.sentence)
    if job.state is State.CANCELLED:
        raise Cancelled


def require_saveable(path: Path) -> None:
    """Raises NeuralShapesError, before any work is done, when the file could not be saved."""
    require_suffix(path, ".blend")
    require_writable(path)


def save_file(path: Path) -> None:
    """Save the file. Raises NeuralShapesError when that fails."""
    try:
        bpy.ops.wm.save_as_mainfile(filepath=str(path.absolute()), check_existing=False)
    except RuntimeError as error:
        raise NeuralShapesError(f"{path} could not be saved: {error}") from error


def _names(objects: Iterable[bpy.types.Object]) -> str:
    return ", ".join(f"“{named.name}”" for named in objects) or "none"
