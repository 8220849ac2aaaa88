"""The pictures of one shape for one view of it, from rough to fine."""

import math
import time
from dataclasses import dataclass

from .budget import SECONDS_IN_MOTION, Budget
from .picture import Picture, Subject
from .tracer import Tracer

# Viewport pixels to one of the picture's, per axis, in the order of refinement.
DIVISORS = (8, 4, 2, 1)


class Refinement:
    """Starts with the finest picture that fits into one redraw, and halves the pixels' size from there."""

    def __init__(
        self,
        view: bytes,
        what: str,
        subject: Subject,
        viewport: tuple[int, int],
        before: Picture | None = None,
    ) -> None:
        """``view`` and ``what`` tell apart from where the shape is seen and what is seen of it.

        ``viewport`` is a size in pixels. ``before`` is a picture from the same view, shown until there is a
        whole one, as when only the networks have changed.
        """
        self.view, self.what = view, what
        # Whether something else is to be seen by now, once this has a whole picture.
        self.is_superseded = False
        self.subject = subject
        self._before = before
        rectangle = subject.rays.rectangle_of_domain()
        self._window = _Window.around(rectangle, viewport) if rectangle else None
        self._complete: Picture | None = None
        self._started: Picture | None = None
        self._divisors_left: tuple[int, ...] | None = None

    @property
    def picture(self) -> Picture | None:
        """The finest complete picture, or the one before, or what there is of the first one."""
        return self._complete or self._before or self._started

    @property
    def has_complete_picture(self) -> bool:
        """Whether there is a whole picture of exactly this, be it rough."""
        return self._complete is not None

    @property
    def shows_whole_shape(self) -> bool:
        """Whether the whole shape is drawn, as it is or as it was before."""
        return self._complete is not None or self._before is not None

    @property
    def is_first_to_come(self) -> bool:
        """Whether nothing whole can be drawn yet, and this is on the way to it."""
        return not self.shows_whole_shape and not self.is_finished

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to refine."""
        return self._window is None or (self._started is None and self._divisors_left == ())

    def refine(self, tracer: Tracer, budget: Budget, seconds: float) -> None:
        """Trace for about this many seconds."""
        end = time.perf_counter() + seconds
        while not self.is_finished and (seconds_left := end - time.perf_counter()) > 0:
            grid = self.subject.grid
            if grid is not None and not grid.is_complete:
                grid.bake(tracer, budget, seconds_left)
                continue
            if self._started is None:
                self._started = self._next_picture(budget)
            self._started.trace(tracer, budget, seconds_left)
            if self._started.is_complete:
                self._complete, self._started, self._before = self._started, None, None

    def give_up(self) -> None:
        """Show nothing, and leave nothing to refine."""
        self._window = self._complete = self._started = self._before = None

    def _next_picture(self, budget: Budget) -> Picture:
        if self._divisors_left is None:
            self._divisors_left = DIVISORS[self._place_of_first(budget) :]
        divisor, *rest = self._divisors_left
        self._divisors_left = tuple(rest)
        return Picture(self.subject, self._window.rectangle, self._window.size(divisor))

    def _place_of_first(self, budget: Budget) -> int:
        sizes = [self._window.size(divisor) for divisor in DIVISORS]
        fitting = [budget.seconds_for(width * height) <= SECONDS_IN_MOTION for width, height in sizes]
        return max(sum(fitting) - 1, 0)


@dataclass(frozen=True)
class _Window:
    """The part of a viewport that a shape covers, in whole blocks of the roughest picture's pixels.

    ``blocks``: width and height in blocks. ``rectangle``: lower left corner and size in normalised device
    coordinates.
    """

    blocks: tuple[int, int]
    rectangle: tuple[float, float, float, float]

    @classmethod
    def around(cls, rectangle: tuple[float, float, float, float], viewport: tuple[int, int]) -> "_Window":
        """The blocks around a rectangle of normalised device coordinates, so that pixels meet pixels."""
        blocks, low, extent = [], [], []
        for axis in (0, 1):
            block = 2 * DIVISORS[0] / viewport[axis]
            first = math.floor((rectangle[axis] + 1) / block)
            last = math.ceil((rectangle[axis] + rectangle[axis + 2] + 1) / block)
            blocks.append(last - first)
            low.append(first * block - 1)
            extent.append((last - first) * block)
        return cls((blocks[0], blocks[1]), (low[0], low[1], extent[0], extent[1]))

    def size(self, divisor: int) -> tuple[int, int]:
        """Width and height of a picture whose pixels are this many of the viewport's wide."""
        pixels = DIVISORS[0] // divisor
        return self.blocks[0] * pixels, self.blocks[1] * pixels
