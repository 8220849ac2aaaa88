"""Reads the GLSL files of shaders/ and puts shaders together."""

from pathlib import Path

import gpu

from .network_texture import MAXIMUM_LEVELS

SHADERS = Path(__file__).parent.parent / "shaders"
# Slots of what every tracing stage reads.
WEIGHTS_SLOT, STATES_SLOT, GRADIENTS_SLOT, SECTION_VALUES_SLOT, SECTION_PLACES_SLOT = range(5)
GRID_SLOT = 5
# Blender 5.2 refuses the word itself in a source, but not by way of a definition.
SHARED_MEMORY = ("SHARED_MEMORY", "shared")


def source(*names: str) -> str:
    """The text of these files of shaders/, one after the other."""
    return "\n".join((SHADERS / f"{name}.glsl").read_text(encoding="utf-8") for name in names)


def tracing_info(*more_types: str) -> gpu.types.GPUShaderCreateInfo:
    """A create info with the uniforms of shaders/uniforms.glsl, and the types of further files."""
    info = gpu.types.GPUShaderCreateInfo()
    info.define("MAXIMUM_LEVELS", str(MAXIMUM_LEVELS))
    info.typedef_source(source("uniforms", *more_types))
    info.uniform_buf(0, "Tracing", "tracing")
    return info
