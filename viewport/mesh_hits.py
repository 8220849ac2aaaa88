"""First hits by rasterising a mesh: neural normal mapping of meshes (seed paper, section 5), per pixel."""

from dataclasses import dataclass

import gpu
import numpy as np
from gpu.types import (
    GPUBatch,
    GPUFrameBuffer,
    GPUIndexBuf,
    GPUStageInterfaceInfo,
    GPUTexture,
    GPUUniformBuf,
    GPUVertBuf,
    GPUVertFormat,
)

from ..core.geometry.mesh import TriangleMesh
from .gpu_state import drawing_state
from .shader_source import source, tracing_info


@dataclass(frozen=True, eq=False)
class MeshOnGpu:
    """A mesh on the graphics card, in domain units."""

    batch: GPUBatch

    @classmethod
    def of(cls, mesh: TriangleMesh) -> "MeshOnGpu":
        """Upload a mesh of the domain."""
        layout = GPUVertFormat()
        layout.attr_add(id="position", comp_type="F32", len=3, fetch_mode="FLOAT")
        vertices = GPUVertBuf(layout, len(mesh.vertices))
        vertices.attr_fill("position", np.ascontiguousarray(mesh.vertices, dtype=np.float32))
        faces = np.ascontiguousarray(mesh.faces, dtype=np.uint32)
        return cls(GPUBatch(type="TRIS", buf=vertices, elem=GPUIndexBuf(type="TRIS", seq=faces)))


class MeshHits:
    """The shader that writes the states of rays that hit a mesh."""

    def __init__(self) -> None:
        """Compiles. Raises what the gpu module raises when a shader does not compile."""
        info = tracing_info()
        info.vertex_in(0, "VEC3", "position")
        interface = GPUStageInterfaceInfo("mesh_interface")
        interface.smooth("VEC3", "point")
        info.vertex_out(interface)
        info.fragment_out(0, "VEC4", "state")
        info.vertex_source(source("mesh_vertex"))
        info.fragment_source(source("rays", "ray_state", "mesh_fragment"))
        self._shader = gpu.shader.create_from_info(info)

    def draw(self, uniforms: GPUUniformBuf, mesh: MeshOnGpu, states: GPUTexture) -> None:
        """Write the states of all rays of a picture that hit the mesh; the others keep theirs."""
        depths = GPUTexture((states.width, states.height), format="DEPTH_COMPONENT32F")
        framebuffer = GPUFrameBuffer(depth_slot=depths, color_slots=[states])
        with framebuffer.bind(), drawing_state("NONE", "LESS_EQUAL", True):
            framebuffer.clear(depth=1.0)
            self._shader.bind()
            self._shader.uniform_block("tracing", uniforms)
            mesh.batch.draw(self._shader)
