"""The stages of tracing on the GPU (march, finish, section), by compute tiles or by fragments.

Both paths run the same stage files; they differ in who evaluates a network (shaders/network_per_tile.glsl,
shaders/network_per_ray.glsl) and in how a stage's images are written.
"""

from dataclasses import dataclass
from enum import Enum

import gpu
from gpu.types import GPUShaderCreateInfo, GPUTexture, GPUUniformBuf
from gpu_extras.batch import batch_for_shader

from .gpu_state import drawing_state
from .network_texture import GROUP, MAXIMUM_LAYERS, WEIGHTS_WIDTH
from .shader_source import GRID_SLOT, SHARED_MEMORY, STATES_SLOT, WEIGHTS_SLOT, source, tracing_info

# Arrival at a band within this share of its threshold, as in core/tracing/sphere_tracing.py.
BAND_ENTRY = 0.05
# Rays of a tile times neurons: its activations fill 16 KB of the 32 KB of shared memory found everywhere.
SHARED_ACTIVATIONS = 4096
# Rays of a tile have one bit each in a 32-bit word.
MAXIMUM_RAYS = 32
# The distance grid: 64 points a side found the whole surface in trials; the margin, one cell in domain units,
# is more than what interpolating between them is off.
GRID_SIDE, GRID_COLUMNS = 64, 8
GRID_SIZE = (GRID_SIDE * GRID_COLUMNS, GRID_SIDE * GRID_SIDE // GRID_COLUMNS)
GRID_CONSTANTS = {
    "GRID_SIDE": GRID_SIDE,
    "GRID_COLUMNS": GRID_COLUMNS,
    "GRID_MARGIN": 2 / (GRID_SIDE - 1),
    # Steps of half a margin at least: enough to cross the domain's diagonal.
    "GRID_STEPS": 256,
}
SMALLEST_WIDTH = 64
FEW_LAYERS = 4

Window = tuple[int, int, int, int]


class TracingPath(Enum):
    """Which kind of shader traces; the values are what the panel says."""

    COMPUTE = "compute"
    FRAGMENT = "fragment"


@dataclass(frozen=True)
class Size:
    """Networks that a compiled shader can evaluate: neurons of a layer and hidden layers at most."""

    width: int
    layers: int

    @classmethod
    def holding(cls, width: int, layers: int) -> "Size":
        """The smallest of few sizes, so that shapes share compiled shaders."""
        power = SMALLEST_WIDTH
        while power < width:
            power *= 2
        return cls(power, FEW_LAYERS if layers <= FEW_LAYERS else MAXIMUM_LAYERS)


@dataclass(frozen=True)
class StageInputs:
    """What a stage reads: uniforms, weights, the rays' states of the stage before, the distance grid."""

    uniforms: GPUUniformBuf
    weights: GPUTexture
    states: GPUTexture | None = None
    grid: GPUTexture | None = None


@dataclass(frozen=True)
class _StageKind:
    files: tuple[str, ...] = ()
    constants: tuple[tuple[str, str], ...] = ()
    reads_states: bool = True
    reads_grid: bool = False
    needs_gradient: bool = False
    image_count: int = 1


_KINDS = {
    "march": _StageKind(
        ("ray_state", "march", "stage_march"), (("INT", "steps"), ("BOOL", "is_first_stretch"))
    ),
    "march_from_grid": _StageKind(
        ("ray_state", "distance_grid", "march", "stage_march"),
        (("INT", "steps"), ("BOOL", "is_first_stretch")),
        reads_grid=True,
    ),
    "grid": _StageKind(("stage_grid",), reads_states=False),
    "finish": _StageKind(("ray_state", "stage_finish"), needs_gradient=True, image_count=2),
    "section": _StageKind(("stage_section",), reads_states=False, image_count=2),
}
_IMAGE_NAMES = ("first_image", "second_image")


class Stage:
    """One stage compiled for one path, and for networks up to one size."""

    def __init__(self, name: str, path: TracingPath, size: Size) -> None:
        """Compiles. Raises what the gpu module raises when a shader does not compile."""
        self._kind = _KINDS[name]
        self._path = path
        info = tracing_info()
        info.sampler(WEIGHTS_SLOT, "FLOAT_2D", "weights")
        info.define("WEIGHTS_WIDTH", str(WEIGHTS_WIDTH))
        if self._kind.reads_states:
            info.sampler(STATES_SLOT, "FLOAT_2D", "states")
        for kind, constant in self._kind.constants:
            info.push_constant(kind, constant)
        info.define("MAXIMUM_GROUPS", str(size.width // GROUP))
        info.define("MAXIMUM_LAYERS", str(size.layers))
        info.define("BAND_ENTRY", str(BAND_ENTRY))
        for constant, value in GRID_CONSTANTS.items():
            info.define(constant, str(value))
        if self._kind.reads_grid:
            info.sampler(GRID_SLOT, "FLOAT_2D", "grid")
            info.define("DISTANCE_GRID", "1")
        if self._kind.needs_gradient:
            info.define("GRADIENT", "1")
        if self._kind.image_count == 2:
            info.define("SECOND_IMAGE", "1")
        files = (
            "weights",
            "rays",
            "network_per_{}",
            "field",
            *self._kind.files,
            "main_per_{}",
        )
        if path is TracingPath.COMPUTE:
            self._tile = _add_tile(info, size, self._kind.image_count)
            info.compute_source(source(*(file.format("tile") for file in files)))
        else:
            info.vertex_in(0, "VEC2", "position")
            info.vertex_source(source("full_viewport"))
            for slot, image in enumerate(_IMAGE_NAMES[: self._kind.image_count]):
                info.fragment_out(slot, "VEC4", image)
            info.fragment_source(source(*(file.format("ray") for file in files)))
        self._shader = gpu.shader.create_from_info(info)
        if path is TracingPath.FRAGMENT:
            self._triangle = full_viewport_triangle(self._shader)

    def run(
        self, inputs: StageInputs, images: tuple[GPUTexture, ...], window: Window, **constants: int | bool
    ) -> None:
        """Write ``images`` for the pixels of a window (lower corner, and upper corner exclusive)."""
        shader = self._shader
        shader.bind()
        shader.uniform_block("tracing", inputs.uniforms)
        shader.uniform_sampler("weights", inputs.weights)
        # Blender does not check that a shader has a sampler before it binds to it.
        if self._kind.reads_grid:
            shader.uniform_sampler("grid", inputs.grid)
        if self._kind.reads_states:
            shader.uniform_sampler("states", inputs.states)
        for name, value in constants.items():
            (shader.uniform_bool if isinstance(value, bool) else shader.uniform_int)(name, value)
        if self._path is TracingPath.COMPUTE:
            self._dispatch(images, window)
        else:
            self._draw(images, window)

    def _dispatch(self, images: tuple[GPUTexture, ...], window: Window) -> None:
        for name, image in zip(_IMAGE_NAMES, images, strict=False):
            self._shader.image(name, image)
        self._shader.uniform_int("window", window)
        tiles = (-(-(window[axis + 2] - window[axis]) // self._tile[axis]) for axis in (0, 1))
        gpu.compute.dispatch(self._shader, *tiles, 1)

    def _draw(self, images: tuple[GPUTexture, ...], window: Window) -> None:
        framebuffer = gpu.types.GPUFrameBuffer(color_slots=images)
        with framebuffer.bind(), drawing_state("NONE", "NONE", False):
            framebuffer.viewport_set(window[0], window[1], window[2] - window[0], window[3] - window[1])
            self._triangle.draw(self._shader)


def full_viewport_triangle(shader: gpu.types.GPUShader) -> gpu.types.GPUBatch:
    """One triangle that covers the viewport, for a shader with the attribute ``position``."""
    return batch_for_shader(shader, "TRIS", {"position": [(-1, -1), (3, -1), (-1, 3)]})


def _add_tile(info: GPUShaderCreateInfo, size: Size, image_count: int) -> tuple[int, int]:
    """Give a compute shader its tile; returns the tile's width and height in pixels."""
    rays = min(MAXIMUM_RAYS, SHARED_ACTIVATIONS // size.width)
    quads = rays // GROUP
    tile = (8 if rays == MAXIMUM_RAYS else 4, rays // (8 if rays == MAXIMUM_RAYS else 4))
    info.local_group_size(size.width // GROUP * quads, 1, 1)
    info.define(*SHARED_MEMORY)
    info.define("RAYS", str(rays))
    info.define("QUADS", str(quads))
    info.define("TILE_WIDTH", str(tile[0]))
    info.push_constant("IVEC4", "window")
    for slot, image in enumerate(_IMAGE_NAMES[:image_count]):
        info.image(slot, "RGBA32F", "FLOAT_2D", image, qualifiers={"WRITE"})
    return tile
