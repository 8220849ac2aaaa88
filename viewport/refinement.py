"""The pictures of one shape for one view of it, from rough to fine."""

import time

from .budget import SECONDS_IN_MOTION, Budget
from .picture import FieldOnGpu, Picture
from .tracer import Tracer
from .uniforms import Settings
from .view_rays import ViewRays

# Viewport pixels to one of the picture's, per axis, in the order of refinement.
DIVISORS = (8, 4, 2, 1)


class Refinement:
    """Starts with the finest picture that fits into one redraw, and halves the pixels' size from there."""

    def __init__(self, seen: bytes, field: FieldOnGpu, rays: ViewRays, settings: Settings) -> None:
        """``seen`` is whatever distinguishes this view of the shape from another."""
        self.seen = seen
        self._field, self._rays, self._settings = field, rays, settings
        self._rectangle = rays.rectangle_of_domain()
        self._complete: Picture | None = None
        self._started: Picture | None = None
        self._divisors_left: tuple[int, ...] | None = None

    @property
    def field(self) -> FieldOnGpu:
        """The field that is traced."""
        return self._field

    @property
    def picture(self) -> Picture | None:
        """The finest complete picture, or what there is of the first one."""
        return self._complete or self._started

    @property
    def has_complete_picture(self) -> bool:
        """Whether the whole shape can be seen, be it roughly."""
        return self._complete is not None

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to refine."""
        return self._rectangle is None or (self._started is None and self._divisors_left == ())

    def refine(self, tracer: Tracer, size: tuple[int, int], budget: Budget, seconds: float) -> None:
        """Trace for about this many seconds; ``size`` is the viewport's in pixels."""
        end = time.perf_counter() + seconds
        while not self.is_finished and (seconds_left := end - time.perf_counter()) > 0:
            if self._started is None:
                self._started = self._next_picture(size, budget)
            self._started.trace(tracer, budget, seconds_left)
            if self._started.is_complete:
                self._complete, self._started = self._started, None

    def _next_picture(self, size: tuple[int, int], budget: Budget) -> Picture:
        if self._divisors_left is None:
            self._divisors_left = DIVISORS[self._place_of_first(size, budget) :]
        divisor, *rest = self._divisors_left
        self._divisors_left = tuple(rest)
        return Picture(self._field, self._rays, self._rectangle, self._size(size, divisor), self._settings)

    def _place_of_first(self, size: tuple[int, int], budget: Budget) -> int:
        sizes = [self._size(size, divisor) for divisor in DIVISORS]
        fitting = [budget.seconds_for(width * height) <= SECONDS_IN_MOTION for width, height in sizes]
        return max(sum(fitting) - 1, 0)

    def _size(self, size: tuple[int, int], divisor: int) -> tuple[int, int]:
        width, height = (
            max(1, round(size[axis] * self._rectangle[axis + 2] / 2 / divisor)) for axis in (0, 1)
        )
        return width, height
