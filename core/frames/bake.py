"""Bakes a morph: one mesh file for each frame, of which those that are up to date stay."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..atomic_write import remove_abandoned, write_atomically
from ..errors import NeuralShapesError
from ..meshing.isosurface import NoSurfaceError
from ..meshing.moving_surface import Moment, extract_moment
from ..neural_shape import NeuralShape
from .carried import Carried, PaintedMesh
from .following import followed_back, has_flow
from .frame_files import FRAME_NAMES, frame_path, is_up_to_date
from .mesh_frame import MeshFrame

# Of what frames are made of: another one makes all frames anew.
FORMAT = 1


@dataclass(frozen=True)
class FrameTime:
    """A frame, the morph's time there (0 to 1), and how much of it passes in a frame there."""

    frame: int
    time: float
    speed: float


@dataclass(frozen=True)
class FrameSettings:
    """Cells along an axis, and whether the volume goes from each key's own to the next one's."""

    resolution: int
    true_volume: bool = False


@dataclass(frozen=True)
class BakedFrames:
    """How many frames were made, and how many were there already."""

    made: int
    kept: int


def bake_frames(
    shape: NeuralShape,
    digest: str,
    frames: Sequence[FrameTime],
    folder: Path,
    settings: FrameSettings,
    painted: PaintedMesh | None,
    progress: Callable[[int, int], None],
    device: str = "auto",
) -> BakedFrames:
    """Write the morph's surface at each frame into a folder, which is made where its parent exists.

    ``digest`` names the shape's networks. What ``painted`` has is carried along by the flow, or taken from
    the closest point where the morph has none. ``progress`` is told before each frame how many of how many
    are done, and may raise to stop. A frame that was made from the same is kept, so that an interrupted bake
    goes on, and several processes can share a folder.

    Raises NeuralShapesError when a file cannot be written, is of somebody else, or a frame has no surface.
    """
    _make(folder)
    sources = [_made_from(digest, frame, settings, painted) for frame in frames]
    missing = [
        (frame, source)
        for frame, source in zip(frames, sources, strict=True)
        if not is_up_to_date(frame_path(folder, frame.frame), source)
    ]
    for done, (frame, source) in enumerate(missing):
        progress(done, len(missing))
        path = frame_path(folder, frame.frame)
        data = _mesh_frame(shape, frame, settings, painted, device).to_bytes(source)
        try:
            write_atomically(path, data)
        except OSError as error:
            raise NeuralShapesError(f"{path} could not be written: {error.strerror}.") from error
    return BakedFrames(len(missing), len(frames) - len(missing))


def _make(folder: Path) -> None:
    """The folder, without what a bake that was killed has left half written."""
    try:
        folder.mkdir(exist_ok=True)
    except FileNotFoundError as error:
        raise NeuralShapesError(f"There is no folder {folder.parent} to make {folder.name} in.") from error
    except OSError as error:
        raise NeuralShapesError(f"The folder {folder} could not be made: {error.strerror}.") from error
    try:
        remove_abandoned(folder, FRAME_NAMES)
    except OSError as error:
        sentence = f"What a killed bake left in {folder} could not be removed: {error.strerror}."
        raise NeuralShapesError(sentence) from error


def _made_from(
    digest: str, frame: FrameTime, settings: FrameSettings, painted: PaintedMesh | None
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "morph": digest,
        "time": frame.time,
        "speed": frame.speed,
        **asdict(settings),
        "painted": None if painted is None else painted.digest,
    }


def _mesh_frame(
    shape: NeuralShape,
    frame: FrameTime,
    settings: FrameSettings,
    painted: PaintedMesh | None,
    device: str,
) -> MeshFrame:
    try:
        moment = extract_moment(
            shape,
            frame.time,
            settings.resolution,
            true_volume=settings.true_volume,
            normals=True,
            velocity=True,
            device=device,
        )
    except NoSurfaceError as error:
        sentence = f"The morph has no surface at frame {frame.frame}; train it longer, or bake other frames."
        raise NeuralShapesError(sentence) from error
    carried = Carried() if painted is None else _carried(shape, moment, frame.time, settings, painted)
    return MeshFrame(
        moment.mesh.vertices,
        moment.mesh.faces,
        moment.normals,
        frame.speed * moment.velocity,
        carried.colours,
        carried.uvs,
        carried.materials,
    )


def _carried(
    shape: NeuralShape, moment: Moment, time: float, settings: FrameSettings, painted: PaintedMesh
) -> Carried:
    points = moment.mesh.vertices
    if has_flow(shape):
        placement = shape.placement_at_time(time, settings.true_volume)
        points = followed_back(shape, placement.to_domain(points), time)
    return painted.at(points)
