"""One picture of one shape in one viewport at one resolution, traced in chunks of rows."""

import time
from dataclasses import dataclass

from gpu.types import GPUFrameBuffer, GPUTexture

from .budget import Budget
from .distance_grid import DistanceGrid
from .mesh_hits import MeshOnGpu
from .network_texture import PackedField
from .stages import Size, StageInputs, Window
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


@dataclass(frozen=True, eq=False)
class Subject:
    """What a picture is of: a field seen along rays, and what gives the first hit if not its networks."""

    field: FieldOnGpu
    rays: ViewRays
    settings: Settings
    mesh: MeshOnGpu | None = None
    grid: DistanceGrid | None = None

    @property
    def stages(self) -> frozenset[str]:
        """The stages of the tracer that pictures of it need."""
        stages = {"finish"}
        if self.mesh is not None:
            stages.add("mesh")
        elif self.grid is not None:
            stages |= {"grid", "march_from_grid"}
        else:
            stages.add("march")
        if any(self.settings.cut):
            stages.add("section")
        return frozenset(stages)


class Picture:
    """A picture of ``size`` pixels over a rectangle of the view, in normalised device coordinates."""

    def __init__(
        self, subject: Subject, rectangle: tuple[float, float, float, float], size: tuple[int, int]
    ) -> None:
        self.size = size
        self.images = TracedImages.of_size(size)
        # Values of the levels on the cut's plane, and where that is (shaders/stage_section.glsl).
        self.section: tuple[GPUTexture, GPUTexture] | None = None
        if "section" in subject.stages:
            self.section = GPUTexture(size, format="RGBA32F"), GPUTexture(size, format="RGBA32F")
        self.uniforms = tracing_uniforms(
            subject.field.packed, subject.rays, rectangle, size, subject.settings
        )
        grid = subject.grid.values if subject.grid else None
        self._inputs = StageInputs(self.uniforms, subject.field.weights, grid=grid)
        self._subject = subject
        self._rows_done = 0
        images = (self.images.states, self.images.spare_states, *(self.section or ()))
        for image in images:
            image.clear(format="FLOAT", value=NOT_TRACED)
        self._sync = GPUFrameBuffer(color_slots=[self.images.states])

    @property
    def is_complete(self) -> bool:
        """Whether all rows are traced."""
        return self._rows_done >= self.size[1]

    def trace(self, tracer: Tracer, budget: Budget, seconds: float) -> None:
        """Trace the next rows, and wait for the device to finish them, until this many seconds are over."""
        end = time.perf_counter() + seconds
        while not self.is_complete and time.perf_counter() < end:
            rows = min(budget.rows_of_chunk(self.size[0], seconds), self.size[1] - self._rows_done)
            start = time.perf_counter()
            self._trace_rows(tracer, (0, self._rows_done, self.size[0], self._rows_done + rows))
            # Reading a pixel returns when the work is done: the gpu module has no timer of its own.
            with self._sync.bind():
                self._sync.read_color(0, 0, 1, 1, 4, 0, "FLOAT")
            budget.note(self.size[0] * rows, time.perf_counter() - start)
            self._rows_done += rows

    def _trace_rows(self, tracer: Tracer, window: Window) -> None:
        subject, inputs = self._subject, self._inputs
        if subject.mesh is None:
            tracer.trace(inputs, subject.field.packed, self.images, window)
        else:
            if not self._rows_done:
                tracer.hit_mesh(inputs, subject.mesh, self.images)
            tracer.finish(inputs, self.images, window)
        if self.section is not None:
            tracer.section(inputs, self.section, window)
