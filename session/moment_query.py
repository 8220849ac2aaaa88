"""A question to the worker for an object's mesh at a time: one at once for each object, and nothing waits."""

import time
from collections.abc import Callable

import bpy
import numpy as np

from ..core.errors import NeuralShapesError
from ..scene import neural_shape
from ..worker.protocol import Message
from .frame_cache import FrameKey
from .jobs import Job, State
from .preferences import preferences
from .timer import keep_updating
from .worker import jobs

TASK = "moment"

# After a question that failed, such as one to a worker that cannot start, until the next one.
RETRY_SECONDS = 5.0


class MomentQuery:
    """The question that is open for an object, if any, and in a sentence what was wrong with the last one."""

    def __init__(self, receive: Callable[[FrameKey, Message], None]) -> None:
        """``receive`` is called with what was asked for and the worker's answer, not with a failure."""
        self._receive = receive
        self._job: Job | None = None
        self._key: FrameKey | None = None
        self._retry_at = 0.0
        self._is_receiving = False
        self.problem = ""

    @property
    def is_open(self) -> bool:
        """Whether the worker still has to answer, or its answer is being taken."""
        return self._is_receiving or (self._job is not None and self._job.active)

    @property
    def can_ask(self) -> bool:
        """Whether a question can be asked now: none is open, and the last failure is some time ago."""
        return not self.is_open and time.monotonic() >= self._retry_at

    def ask(self, holder: bpy.types.Object, key: FrameKey) -> None:
        """Ask for a moment of the shape that an object carries, where that is possible now."""
        if not self.can_ask:
            return
        moment = key.moment
        parameters = {
            "time": moment.time,
            "resolution": moment.resolution,
            "true_volume": moment.true_volume,
            "normals": moment.normals,
            "device": preferences().device,
        }
        arrays = {"shape": np.frombuffer(neural_shape.stored_bytes(holder), np.uint8)}
        # Not the object's own place in the table: jobs for it go on beside.
        place = f"{key.holder} {TASK}"
        self._key = key
        try:
            self._job = jobs.ask(place, holder.name, TASK, parameters, arrays, on_end=self._on_end)
        except NeuralShapesError as error:
            self._fail(str(error))
        else:
            # Whoever waits for the answer may be gone before it comes.
            keep_updating()

    def cancel_unless(self, resolution: int) -> None:
        """Have the worker leave an open question that is not of this resolution."""
        if self._job is not None and self._job.active and self._key.moment.resolution != resolution:
            jobs.cancel(self._job)

    def drop(self) -> None:
        """Have the worker leave an open question whose answer is not to be received any more."""
        if self._job is not None:
            jobs.drop(self._job)

    def settle(self) -> None:
        """Take note of a failure, and forget a question that is answered."""
        if self._job is None or self.is_open:
            return
        if self._job.state is State.FAILED:
            self._fail(self._job.sentence)
        jobs.forget(self._job.uuid)
        self._job = None

    def _on_end(self, _: Job, message: Message) -> None:
        self.problem, self._is_receiving = "", True
        try:
            self._receive(self._key, message)
        finally:
            self._is_receiving = False

    def _fail(self, sentence: str) -> None:
        self.problem = f"The mesh cannot follow the frame without the worker or a bake. {sentence}"
        self._retry_at = time.monotonic() + RETRY_SECONDS
