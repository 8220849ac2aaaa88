"""Traces pictures of a nested field on the GPU by one path, window by window."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from gpu.types import GPUTexture

from .errors import PreviewError
from .mesh_hits import MeshHits, MeshOnGpu
from .network_texture import PackedField
from .stages import GRID_CONSTANTS, Size, Stage, StageInputs, TracingPath, Window

# Steps after which a ray still on its way is classified by its pixel, for each level that stands alone, since
# rays wait while others of their tile evaluate another such level; measured: no ray of the three test meshes
# needs more.
MAXIMUM_STEPS = 384
# Long work goes in several dispatches, because drivers end one that takes seconds.
STEPS_PER_STRETCH = 64
# llvmpipe leaves all loops of a fragment after 65535 rounds altogether; a stretch, and the finish with its
# two passes over the networks, stay below that.
MAXIMUM_ROUNDS = 60_000


@dataclass(frozen=True)
class TracedImages:
    """What tracing leaves: RGBA32F textures of the picture's size.

    states: distance, status and evaluations of each ray (shaders/ray_state.glsl). gradients: the finest
    level's gradient and value at the hits.
    """

    states: GPUTexture
    spare_states: GPUTexture
    gradients: GPUTexture

    @classmethod
    def of_size(cls, size: tuple[int, int]) -> "TracedImages":
        """Textures for a picture of width and height in pixels."""
        return cls(*(GPUTexture(size, format="RGBA32F") for _ in range(3)))


class Tracer:
    """The compiled stages of one path for networks up to one size."""

    def __init__(self, path: TracingPath, size: Size) -> None:
        self.path = path
        self._size = size
        self._stages: dict[str, Stage | MeshHits] = {}

    def has(self, stages: Collection[str]) -> bool:
        """Whether these stages are compiled."""
        return self._stages.keys() >= set(stages)

    def compile(self, stages: Collection[str]) -> None:
        """Compile those of these stages that are not yet: of viewport/stages.py, and "mesh" for mesh hits.

        The other methods need theirs. Raises what the gpu module raises when a shader does not compile.
        """
        for name in stages:
            if name not in self._stages:
                stage = MeshHits() if name == "mesh" else Stage(name, self.path, self._size)
                self._stages[name] = stage

    def trace(self, inputs: StageInputs, field: PackedField, images: TracedImages, window: Window) -> None:
        """March the rays of a window to their end, then take gradients at the hits.

        With a distance grid among the inputs, that leads to the surface and the last level alone marches.
        Raises PreviewError when the networks are too large for the fragment path.
        """
        march = self._stages["march" if inputs.grid is None else "march_from_grid"]
        steps = self._steps_per_stretch(field, 0 if inputs.grid is None else GRID_CONSTANTS["GRID_STEPS"])
        stretches = -(-MAXIMUM_STEPS * field.sums // steps)
        # The last image written must be the spare one, so that finishing leaves the states in their own.
        stretches += stretches % 2 == 0
        source, target = images.states, images.spare_states
        for stretch in range(stretches):
            march.run(
                replace(inputs, states=source), (target,), window, steps=steps, is_first_stretch=stretch == 0
            )
            source, target = target, source
        self.finish(inputs, images, window)

    def hit_mesh(self, inputs: StageInputs, mesh: MeshOnGpu, images: TracedImages) -> None:
        """Take a mesh for the first hit of all of a picture's rays, without marching."""
        self._stages["mesh"].draw(inputs.uniforms, mesh, images.spare_states)

    def finish(self, inputs: StageInputs, images: TracedImages, window: Window) -> None:
        """Take gradients at the hits among the spare states, and move the states to their own image."""
        inputs = replace(inputs, states=images.spare_states)
        self._stages["finish"].run(inputs, (images.states, images.gradients), window)

    def section(self, inputs: StageInputs, images: tuple[GPUTexture, GPUTexture], window: Window) -> None:
        """Values of the levels where rays cross the cut's plane (shaders/stage_section.glsl)."""
        self._stages["section"].run(inputs, images, window)

    def bake_grid(self, inputs: StageInputs, values: GPUTexture, window: Window) -> None:
        """Values of the finest level at a window of the distance grid (shaders/stage_grid.glsl)."""
        self._stages["grid"].run(inputs, (values,), window)

    def _steps_per_stretch(self, field: PackedField, rounds_before_each: int) -> int:
        if self.path is TracingPath.COMPUTE:
            return STEPS_PER_STRETCH
        groups, layers = field.networks[:, 1].astype(int), field.networks[:, 2].astype(int)
        rounds = int((groups + groups * (groups + 1) * (layers - 1).clip(0)).sum())
        if 2 * rounds > MAXIMUM_ROUNDS:
            raise PreviewError(
                "This shape's networks are too large for a graphics card without compute shaders."
            )
        return min(STEPS_PER_STRETCH, MAXIMUM_ROUNDS // (rounds + rounds_before_each))
