"""Morphs: keyed meshes go to the worker, and what flows from one to the next comes back as one shape."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import bpy
import numpy as np

from ..core.errors import NeuralShapesError
from ..core.geometry.mesh import TriangleMesh
from ..core.neural_shape import NeuralShape
from ..scene import neural_shape
from ..scene.morph_keys import MeshKey, meshes_in_common_space, ordered, sources_of
from ..scene.morph_properties import source_names
from ..scene.object_reference import ObjectReference
from ..scene.properties import FINEST_LEVEL
from ..scene.shape_object import Origin, add_morph_beside, require_own_shape
from ..scene.time_curve import key_times
from ..worker.arrays import array_to_shape, shape_to_array
from ..worker.protocol import Message
from . import timer
from .changes import busy_cursor, push_undo
from .extraction import extract
from .jobs import Job, State
from .preferences import preferences
from .preview import show_training
from .source_state import note_changed
from .worker import jobs

TASK = "morph"


@dataclass(frozen=True)
class _Station:
    """A mesh that the morph passes through, where it is from, and its frames: several where it is held."""

    origin: Origin
    mesh: TriangleMesh
    frames: tuple[int, ...]


def train_morph(
    keys: Sequence[MeshKey], context: bpy.types.Context, *, easing: str | None = None, **settings: Any
) -> Job:
    """Train a morph that passes through meshes at frames; it arrives beside the object of the first one.

    A mesh that is keyed twice in a row is held in between. ``settings`` are parameters of the worker's task
    by name, in place of the scene's, as is ``easing``. Without a window this returns when the morph and its
    surface have arrived. Raises NeuralShapesError when the keys make no morph or there is no worker.
    """
    chosen = context.scene.neural_shapes_morph
    easing = easing or chosen.easing
    parameters = {"mode": chosen.mode, "placement": chosen.placement, **_shared(context), **settings}
    keys = ordered(keys)
    with busy_cursor():
        stations = _stations(keys, parameters["placement"], context)

    def receive(job: Job, message: Message) -> None:
        shape = array_to_shape(message.arrays["shape"])
        with busy_cursor():
            holder = _add_morph(stations, shape, parameters["placement"], easing)
            push_undo("Train Morph")
        note_changed(set(source_names(holder)))
        _extract_surface(holder)

    frames = [frame for station in stations for frame in station.frames]
    numbers = [number for number, station in enumerate(stations) for _ in station.frames]
    return _submit(
        keys[0].source,
        [station.origin.name for station in stations],
        [station.mesh for station in stations],
        parameters,
        lambda: float(np.interp(bpy.context.scene.frame_current_final, frames, numbers)),
        receive,
    )


def retrain_morph(
    holder: bpy.types.Object, context: bpy.types.Context, segments: Collection[int] = (), **settings: Any
) -> Job:
    """Train those segments of an object's morph anew whose meshes changed, and those of the given numbers.

    The shape and the mesh of the object are replaced; its F-curve stays. When it is cancelled before there is
    a whole morph again, the old one stays too. Otherwise as ``train_morph``; raises NeuralShapesError also
    when nothing changed, and when the object is linked from another file.
    """
    require_own_shape(holder)
    shape = neural_shape.read(holder)
    placement = holder.neural_shapes_morph.placement
    with busy_cursor():
        sources = _sources(holder, shape)
        meshes = meshes_in_common_space(sources, placement, context.evaluated_depsgraph_get())
    digests = [mesh.digest for mesh in meshes]
    if digests == [key.source_digest for key in shape.keys] and not segments:
        raise NeuralShapesError(
            f"The meshes of “{holder.name}” have not changed since; choose a segment to train it anew."
        )
    for index, (before, after) in enumerate(pairwise(digests)):
        if before == after:
            names = f"“{sources[index].name}” and “{sources[index + 1].name}”"
            raise NeuralShapesError(f"{names} are the same mesh; choose another one for one of the keys.")
    reference, times = ObjectReference.of(holder), shape.field.times

    def receive(job: Job, message: Message) -> None:
        found = reference.find()
        if found is None:
            return
        trained = array_to_shape(message.arrays["shape"])
        if trained.field.times != times:
            return
        with busy_cursor():
            neural_shape.store(found, trained)
            push_undo("Retrain Morph")
        note_changed(set(source_names(found)))
        _extract_surface(found)

    def place() -> float:
        found = reference.find()
        return float(np.interp(found.neural_shapes.time if found else 0.0, times, range(len(times))))

    parameters = {"mode": shape.provenance.recipe, "placement": placement, "retrain": sorted(segments)}
    parameters |= _shared(context) | settings
    names = [source.name for source in sources]
    return _submit(holder, names, meshes, parameters, place, receive, {"start": shape_to_array(shape)})


def _shared(context: bpy.types.Context) -> dict[str, Any]:
    """What every training takes from the settings and the preferences."""
    chosen = context.scene.neural_shapes_morph
    shared = {"device": preferences().device, "seed": chosen.seed}
    if chosen.seconds > 0:
        shared["seconds"] = chosen.seconds
    return shared


def _stations(keys: Sequence[MeshKey], placement: str, context: bpy.types.Context) -> list[_Station]:
    """The meshes of keys in their common space; the same mesh twice in a row is one."""
    sources = [key.source for key in keys]
    meshes = meshes_in_common_space(sources, placement, context.evaluated_depsgraph_get())
    stations: list[_Station] = []
    for key, mesh in zip(keys, meshes, strict=True):
        if stations and stations[-1].mesh.digest == mesh.digest:
            stations[-1] = replace(stations[-1], frames=(*stations[-1].frames, key.frame))
        else:
            stations.append(_Station(Origin.of(key.source, context.scene), mesh, (key.frame,)))
    if len(stations) < 2:
        raise NeuralShapesError("All keys show the same mesh; key another one too.")
    return stations


def _add_morph(
    stations: Sequence[_Station], shape: NeuralShape, placement: str, easing: str
) -> bpy.types.Object:
    """The new object with its Time keyed; a morph that was cancelled reaches the first stations alone."""
    reached = stations[: len(shape.keys)]
    origins = [station.origin for station in reached]
    holder = add_morph_beside(origins, shape, stations[0].mesh, placement)
    pairs = zip(reached, shape.field.times, strict=True)
    key_times(holder, [(frame, time) for station, time in pairs for frame in station.frames], easing)
    return holder


def _extract_surface(holder: bpy.types.Object) -> None:
    """Extract the surface of a new morph itself, whatever level, offset and faces are set for others.

    Raises NeuralShapesError when that fails, as far as it is known: without a window the surface is there.
    """
    job = extract(holder, bpy.context, level=FINEST_LEVEL, offset=0.0, faces=None)
    if job.state is State.FAILED:
        raise NeuralShapesError(job.sentence)


def _sources(holder: bpy.types.Object, shape: NeuralShape) -> list[bpy.types.Object]:
    """The objects of a morph's keys, one for each."""
    if not shape.keys:
        raise NeuralShapesError(f"“{holder.name}” carries no morph.")
    sources = sources_of(holder)
    if len(sources) != len(shape.keys):
        raise NeuralShapesError(f"The objects of the keys of “{holder.name}” are not known.")
    return sources


def _submit(
    target: bpy.types.Object,
    names: Sequence[str],
    meshes: Sequence[TriangleMesh],
    parameters: dict[str, Any],
    place: Callable[[], float],
    receive: Callable[[Job, Message], None],
    arrays: dict[str, np.ndarray] | None = None,
) -> Job:
    """Send meshes to be morphed; ``place`` says which moment is previewed, in segments from the first key."""
    for index, mesh in enumerate(meshes):
        arrays = {**(arrays or {}), f"vertices_{index}": mesh.vertices, f"faces_{index}": mesh.faces}

    def show(job: Job, message: Message) -> None:
        show_training(
            job,
            message,
            lambda shape: float(np.interp(place(), range(len(shape.field.times)), shape.field.times)),
        )

    job = jobs.submit(
        ObjectReference.of(target).key,
        target.name,
        TASK,
        {"sources": list(names), **parameters},
        arrays,
        on_progress=show,
        on_end=receive,
        keeps_reached=True,
    )
    timer.follow(job)
    return job
