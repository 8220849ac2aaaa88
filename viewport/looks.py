"""Puts traced pictures into a viewport: their colours by a look, their depth among the rest of the scene."""

from dataclasses import dataclass
from enum import IntEnum

import gpu
import numpy as np
from gpu.types import GPUStageInterfaceInfo, GPUUniformBuf

from .gpu_state import drawing_state
from .picture import Picture
from .shader_source import (
    GRADIENTS_SLOT,
    SECTION_PLACES_SLOT,
    SECTION_VALUES_SLOT,
    STATES_SLOT,
    source,
    tracing_info,
)
from .stages import full_viewport_triangle

LIGHT_COUNT = 4
HIGHLIGHT_EXPONENT, HIGHLIGHT_STRENGTH = 24.0, 0.08
# Evaluations of a level from which on the level view's shade stays dark.
EVALUATIONS_SHOWN = 40.0
NEIGHBORHOOD_OPACITY = 0.35
# Between two isolines of the section, in domain units.
ISOLINE_SPACING = 0.1
# Of the section outside of the shape and its neighborhoods.
OUTSIDE_OPACITY = 0.55
# A ray that hits inside material behind the cut hits on its plane, up to rounding.
SECTION_BIAS = 1e-3


class Look(IntEnum):
    """The looks; shaders/picture_fragment.glsl knows them as LOOK_STUDIO and so on."""

    STUDIO = 0
    MATCAP = 1
    NORMAL = 2
    LEVELS = 3
    SECTION = 4
    ERROR = 5


@dataclass(frozen=True)
class Light:
    """A distant light in view space; colours are linear."""

    towards: tuple[float, float, float]
    wrap: float
    diffuse: tuple[float, float, float]
    specular: tuple[float, float, float]


@dataclass(frozen=True)
class Appearance:
    """How shapes are drawn in one viewport; colours are linear. An outline's last number is 0 for none."""

    look: Look = Look.STUDIO
    lights: tuple[Light, ...] = ()
    ambient: tuple[float, float, float] = (0.05, 0.05, 0.05)
    surface: tuple[float, float, float] = (0.8, 0.8, 0.8)
    opacity: float = 1.0
    outline: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    # The error look's warmest colour, in domain units.
    error_shown: float = 0.01
    # How far nearer to the viewer than it is the surface counts among the scene's depths, in domain units.
    depth_offset: float = 0.0


class PictureShader:
    """The shader that draws a picture; one for all looks."""

    def __init__(self) -> None:
        """Compiles. Raises what the gpu module raises when a shader does not compile."""
        info = tracing_info("looks_uniforms")
        info.uniform_buf(1, "Studio", "studio")
        info.sampler(STATES_SLOT, "FLOAT_2D", "states")
        info.sampler(GRADIENTS_SLOT, "FLOAT_2D", "gradients")
        info.sampler(SECTION_VALUES_SLOT, "FLOAT_2D", "section_values")
        info.sampler(SECTION_PLACES_SLOT, "FLOAT_2D", "section_places")
        info.push_constant("INT", "look")
        info.push_constant("FLOAT", "depth_offset")
        for name, value in _CONSTANTS.items():
            info.define(name, str(value))
        for look in Look:
            info.define(f"LOOK_{look.name}", str(int(look)))
        info.vertex_in(0, "VEC2", "position")
        interface = GPUStageInterfaceInfo("picture_interface")
        interface.smooth("VEC2", "ndc")
        info.vertex_out(interface)
        info.fragment_out(0, "VEC4", "colour")
        info.depth_write("ANY")
        info.vertex_source(source("picture_vertex"))
        info.fragment_source(source("rays", "ray_state", "looks", "picture_fragment"))
        self._shader = gpu.shader.create_from_info(info)
        self._triangle = full_viewport_triangle(self._shader)

    def draw(self, picture: Picture, appearance: Appearance) -> None:
        """Draw into the viewport that is bound, leaving the gpu module's state as it was."""
        shader = self._shader
        # Named, because a buffer is freed with its last reference, which must not be before the draw.
        studio = _studio_uniforms(appearance)
        shader.bind()
        shader.uniform_block("tracing", picture.uniforms)
        shader.uniform_block("studio", studio)
        shader.uniform_sampler("states", picture.images.states)
        shader.uniform_sampler("gradients", picture.images.gradients)
        values, places = picture.section or (picture.images.states, picture.images.states)
        shader.uniform_sampler("section_values", values)
        shader.uniform_sampler("section_places", places)
        shader.uniform_int("look", int(appearance.look))
        shader.uniform_float("depth_offset", appearance.depth_offset)
        with drawing_state("ALPHA", "LESS_EQUAL", appearance.opacity == 1):
            self._triangle.draw(shader)


_CONSTANTS = {
    "HIGHLIGHT_EXPONENT": HIGHLIGHT_EXPONENT,
    "HIGHLIGHT_STRENGTH": HIGHLIGHT_STRENGTH,
    "EVALUATIONS_SHOWN": EVALUATIONS_SHOWN,
    "NEIGHBORHOOD_OPACITY": NEIGHBORHOOD_OPACITY,
    "ISOLINE_SPACING": ISOLINE_SPACING,
    "OUTSIDE_OPACITY": OUTSIDE_OPACITY,
    "SECTION_BIAS": SECTION_BIAS,
}


def _studio_uniforms(appearance: Appearance) -> GPUUniformBuf:
    lines = np.zeros((3 * LIGHT_COUNT + 3, 4), dtype=np.float32)
    for index, light in enumerate(appearance.lights[:LIGHT_COUNT]):
        lines[index] = *light.towards, light.wrap
        lines[LIGHT_COUNT + index, :3] = light.diffuse
        lines[2 * LIGHT_COUNT + index, :3] = light.specular
    lines[-3] = *appearance.ambient, appearance.error_shown
    lines[-2] = *appearance.surface, appearance.opacity
    lines[-1] = appearance.outline
    return GPUUniformBuf(gpu.types.Buffer("FLOAT", lines.size, lines.ravel()))
