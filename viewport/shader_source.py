"""Reads the GLSL files of shaders/ and puts shaders together."""

from pathlib import Path

import gpu

from .network_texture import MAXIMUM_LEVELS, WEIGHTS_WIDTH

SHADERS = Path(__file__).parent.parent / "shaders"
# Slots of what every tracing stage reads.
WEIGHTS_SLOT, STATES_SLOT = 0, 1


def source(*names: str) -> str:
    """The text of these files of shaders/, one after the other."""
    return "\n".join((SHADERS / f"{name}.glsl").read_text(encoding="utf-8") for name in names)


def tracing_info() -> gpu.types.GPUShaderCreateInfo:
    """A create info with the uniforms and samplers that shaders/uniforms.glsl and weights.glsl need."""
    info = gpu.types.GPUShaderCreateInfo()
    info.define("MAXIMUM_LEVELS", str(MAXIMUM_LEVELS))
    info.define("WEIGHTS_WIDTH", str(WEIGHTS_WIDTH))
    info.typedef_source(source("uniforms"))
    info.uniform_buf(0, "Tracing", "tracing")
    info.sampler(WEIGHTS_SLOT, "FLOAT_2D", "weights")
    return info
