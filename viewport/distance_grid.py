"""A static shape's finest level baked on a lattice, which leads rays to the surface."""

import time

import numpy as np
from gpu.types import GPUFrameBuffer, GPUTexture

from .budget import Budget
from .network_texture import PackedField
from .stages import GRID_SIZE, StageInputs
from .tracer import Tracer
from .uniforms import Settings, tracing_uniforms
from .view_rays import ViewRays


class DistanceGrid:
    """The lattice's values (shaders/distance_grid.glsl), baked in chunks of rows."""

    def __init__(self, packed: PackedField, weights: GPUTexture) -> None:
        self.values = GPUTexture(GRID_SIZE, format="RGBA32F")
        # Only the field's part of the uniforms matters: baking has no rays.
        rays = ViewRays.of_matrices(np.eye(4), np.eye(4))
        uniforms = tracing_uniforms(packed, rays, (-1.0, -1.0, 2.0, 2.0), GRID_SIZE, Settings())
        self._inputs = StageInputs(uniforms, weights)
        self._sync = GPUFrameBuffer(color_slots=[self.values])
        self._rows_done = 0

    @property
    def is_complete(self) -> bool:
        """Whether all of the lattice is baked."""
        return self._rows_done >= GRID_SIZE[1]

    def bake(self, tracer: Tracer, budget: Budget, seconds: float) -> None:
        """Bake the next rows, and wait for the device to finish them, until this many seconds are over."""
        end = time.perf_counter() + seconds
        while not self.is_complete and time.perf_counter() < end:
            rows = min(budget.rows_of_chunk(GRID_SIZE[0], seconds), GRID_SIZE[1] - self._rows_done)
            window = (0, self._rows_done, GRID_SIZE[0], self._rows_done + rows)
            start = time.perf_counter()
            tracer.bake_grid(self._inputs, self.values, window)
            # Reading a pixel returns when the work is done: the gpu module has no timer of its own.
            with self._sync.bind():
                self._sync.read_color(0, 0, 1, 1, 4, 0, "FLOAT")
            budget.note(GRID_SIZE[0] * rows, time.perf_counter() - start)
            self._rows_done += rows
