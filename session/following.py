"""How one object's mesh follows its Time: what it should show, what is ready, and what is asked for next."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

import bpy

from ..scene import neural_shape
from ..scene.frames_ahead import frames_ahead
from ..scene.mesh_content import MeshContent
from ..scene.moment_mesh import TIME_DIGITS, Moment, moment_content, moment_of, show_moment
from ..scene.object_reference import ObjectReference
from ..scene.time_curve import time_at_frame
from ..worker.arrays import arrays_to_mesh
from ..worker.protocol import Message
from .frame_cache import FrameCache, FrameKey
from .moment_query import MomentQuery
from .worker import jobs

# A playhead that has not moved for so long rests.
REST_SECONDS = 0.3

_log = logging.getLogger(__name__)

cache = FrameCache()


class Following:
    """One object that follows. Its Time is rounded, as that of a moment is."""

    def __init__(self, reference: ObjectReference) -> None:
        self.reference = reference
        self.query = MomentQuery(self._receive)
        self._time: float | None = None
        self._changed_at = 0.0
        # Whether the mesh is to be that of the Time; the artist's own mesh stays until the Time changes.
        self._is_wanted = False
        # The mesh by its session's number, and what the artist's latest had, for its materials.
        self._mesh = 0
        self._own: MeshContent | None = None
        # The Time for which the frames ahead were found ready.
        self._is_ready_ahead_of: float | None = None
        self._failure = ""
        self._refusal = ""

    @property
    def problem(self) -> str:
        """What is wrong, in a sentence; empty while nothing is."""
        return self._failure or self._refusal or self.query.problem

    @contextmanager
    def failing_alone(self) -> Iterator[None]:
        """An error within ends this object's following, and nothing else."""
        try:
            yield
        except Exception as error:
            _log.exception("An object's mesh does not follow its Time any more")
            self._failure = (
                f"The mesh does not follow the frame any more ({type(error).__name__}: {error}); switch"
                " Follow Frame off and on to try again."
            )

    def note_time(self, scene: bpy.types.Scene, holder: bpy.types.Object, now: float) -> None:
        """Show what is ready for the object's Time, or ask for it."""
        before, self._time = self._time, round(now, TIME_DIGITS)
        shown = moment_of(holder.data)
        if before != self._time:
            self._changed_at = time.monotonic()
        if shown is None and holder.data.session_uid != self._mesh:
            self._own, self._is_wanted = None, False
        self._mesh = holder.data.session_uid
        self._is_wanted |= shown is not None or before not in (None, self._time)
        self._refusal = _refusal(holder.data)
        if not self._may_show:
            return
        wanted = _wanted(scene, holder, self._time)
        if shown not in wanted and not self._show_ready(holder, wanted):
            # A finer mesh of another time would keep the worker from what is wanted now.
            self.query.cancel_unless(wanted[-1].resolution)
            self.query.ask(holder, FrameKey.of(holder, wanted[-1]))

    def go_on(self, scene: bpy.types.Scene, holder: bpy.types.Object, is_playing: bool) -> bool:
        """Ask for what is wanted next, from a timer; returns whether there is anything to wait for."""
        self.query.settle()
        if self.query.is_open:
            return True
        self._refusal = _refusal(holder.data)
        if not self._may_show or not self.query.can_ask:
            return False
        wanted = _wanted(scene, holder, self._time)
        if moment_of(holder.data) not in wanted and not self._show_ready(holder, wanted):
            self.query.ask(holder, FrameKey.of(holder, wanted[-1]))
            return True
        if moment_of(holder.data) != wanted[0] and not is_playing:
            if time.monotonic() - self._changed_at >= REST_SECONDS:
                self.query.ask(holder, FrameKey.of(holder, wanted[0]))
            return True
        return self._ask_ahead(scene, holder)

    def _ask_ahead(self, scene: bpy.types.Scene, holder: bpy.types.Object) -> bool:
        """Ask for the next frame that is not ready, while the worker and the cache have room for it."""
        if self._is_ready_ahead_of == self._time or jobs.active or not cache.has_room(_limit(scene)):
            return False
        shown = moment_of(holder.data)
        now = [FrameKey.of(holder, moment) for moment in _wanted(scene, holder, self._time)]
        for frame in frames_ahead(scene):
            at_frame = round(time_at_frame(holder, frame), TIME_DIGITS)
            keys = [key._replace(moment=key.moment._replace(time=at_frame)) for key in now]
            if not any(key in cache or key.moment == shown for key in keys):
                self.query.ask(holder, keys[-1])
                return True
        self._is_ready_ahead_of = self._time
        return False

    def _receive(self, key: FrameKey, message: Message) -> None:
        """Keep a mesh that has arrived, and show it where that comes nearer to what is wanted."""
        holder = self.reference.find()
        if holder is None or self._time is None:
            return
        # Meanwhile the object may have been taken into Edit Mode, or its mesh become the artist's own.
        if holder.mode != "OBJECT" or not holder.neural_shapes_playback.follow:
            return
        own = self._own or MeshContent.of(holder.data)
        content = moment_content(arrays_to_mesh(message.arrays), message.arrays.get("normals"), holder, own)
        cache.add(key, content, _limit(bpy.context.scene))
        if self._may_show and self._is_nearer(key.moment, moment_of(holder.data)):
            self._show(holder, key.moment, content)

    @property
    def _may_show(self) -> bool:
        """Whether the mesh is to be changed, and can be."""
        return self._is_wanted and not self._failure and not self._refusal

    def _show_ready(self, holder: bpy.types.Object, wanted: list[Moment]) -> bool:
        """Show the first of the wanted moments that is ready; False where none is."""
        for moment in wanted:
            content = cache.find(FrameKey.of(holder, moment))
            if content is not None:
                self._show(holder, moment, content)
                return True
        return False

    def _show(self, holder: bpy.types.Object, moment: Moment, content: MeshContent) -> None:
        shown = moment_of(holder.data)
        if self._own is None:
            self._own = MeshContent.of(holder.data)
            # The moment that came with the file, or with a duplicate, joins the others.
            if shown is not None:
                cache.add(FrameKey.of(holder, shown), self._own, _limit(bpy.context.scene))
        show_moment(holder.data, moment, content)

    def _is_nearer(self, moment: Moment, shown: Moment | None) -> bool:
        """Whether a moment is nearer to the Time than what is shown: of a dragged slider the latest is."""
        if shown is None or _but_time_and_resolution(shown) != _but_time_and_resolution(moment):
            return True
        distance, shown_distance = abs(moment.time - self._time), abs(shown.time - self._time)
        return (distance, -moment.resolution) < (shown_distance, -shown.resolution)


def _wanted(scene: bpy.types.Scene, holder: bpy.types.Object, now: float) -> list[Moment]:
    """The moments that may be shown at a time, the finest first and the draft last."""
    settings = scene.neural_shapes_playback
    draft = Moment(
        neural_shape.shape_uuid(holder),
        now,
        settings.draft_resolution,
        holder.neural_shapes.true_volume,
        holder.neural_shapes_playback.neural_normals,
    )
    if settings.full_resolution <= settings.draft_resolution:
        return [draft]
    return [draft._replace(resolution=settings.full_resolution), draft]


def _but_time_and_resolution(moment: Moment) -> Moment:
    return moment._replace(time=0.0, resolution=0)


def _refusal(mesh: bpy.types.Mesh) -> str:
    """Why a mesh cannot show what it is to show, in a sentence; empty where it can."""
    if not mesh.is_editable:
        return "The mesh is linked from another file, and stays; the preview and bakes follow the frame."
    if mesh.users - mesh.use_fake_user > 1:
        return "The mesh is shared with another object; make it single-user to have it follow the frame."
    if mesh.shape_keys is not None:
        return "The mesh has shape keys; remove them to have it follow the frame."
    return ""


def _limit(scene: bpy.types.Scene) -> int:
    """Bytes that the cache may take."""
    return scene.neural_shapes_playback.cache_megabytes * 1_000_000
