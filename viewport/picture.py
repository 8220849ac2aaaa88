"""One picture of one shape in one viewport at one resolution, traced in chunks of rows."""

import time
from dataclasses import dataclass

from gpu.types import GPUFrameBuffer, GPUTexture

from .budget import Budget
from .network_texture import PackedField
from .stages import Size
from .tracer import TracedImages, Tracer
from .uniforms import Settings, tracing_uniforms
from .view_rays import ViewRays

# Status of a pixel that no ray has been traced for yet (shaders/ray_state.glsl): a miss of the first level.
NOT_TRACED = (0.0, 16.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class FieldOnGpu:
    """A nested field with its weights on the graphics card."""

    packed: PackedField
    weights: GPUTexture

    @property
    def size(self) -> Size:
        """What a tracer must be compiled for."""
        return Size.holding(self.packed.widest, self.packed.deepest)


class Picture:
    """A picture of ``size`` pixels over a rectangle of the view, in normalised device coordinates."""

    def __init__(
        self,
        field: FieldOnGpu,
        rays: ViewRays,
        rectangle: tuple[float, float, float, float],
        size: tuple[int, int],
        settings: Settings,
    ) -> None:
        self.size = size
        self.images = TracedImages.of_size(size)
        self.uniforms = tracing_uniforms(field.packed, rays, rectangle, size, settings)
        self._field = field
        self._rows_done = 0
        self._sync = GPUFrameBuffer(color_slots=[self.images.states])
        with self._sync.bind():
            self._sync.clear(color=NOT_TRACED)

    @property
    def is_complete(self) -> bool:
        """Whether all rows are traced."""
        return self._rows_done >= self.size[1]

    def trace(self, tracer: Tracer, budget: Budget, seconds: float) -> None:
        """Trace the next rows, and wait for the device to finish them, until this many seconds are over."""
        end = time.perf_counter() + seconds
        while not self.is_complete and time.perf_counter() < end:
            rows = min(budget.rows_of_chunk(self.size[0], seconds), self.size[1] - self._rows_done)
            window = (0, self._rows_done, self.size[0], self._rows_done + rows)
            start = time.perf_counter()
            tracer.trace(self.uniforms, self._field.weights, self._field.packed, self.images, window)
            # Reading a pixel returns when the work is done: the gpu module has no timer of its own.
            self._sync.read_color(0, 0, 1, 1, 4, 0, "FLOAT")
            budget.note(self.size[0] * rows, time.perf_counter() - start)
            self._rows_done += rows
