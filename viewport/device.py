"""What this computer's graphics card can do: the path that traces here, and the shaders compiled for it."""

import gpu
import numpy as np
from gpu.types import GPUShaderCreateInfo, GPUTexture

from .errors import PreviewError
from .shader_source import SHARED_MEMORY, source
from .stages import Size, TracingPath
from .tracer import Tracer

PROBE_THREADS = 16


class Device:
    """Compiles tracers on first use, by compute shaders where a probe succeeds and by fragments elsewhere."""

    def __init__(self, path: TracingPath | None = None) -> None:
        """``path`` forces one; without it the probe decides at the first tracer."""
        self._path = path
        self._tracers: dict[Size, Tracer] = {}

    @property
    def path(self) -> TracingPath | None:
        """The path in use, or None before the first tracer."""
        return self._path

    def has_tracer(self, size: Size) -> bool:
        """Whether the shaders for networks of a size are compiled."""
        return size in self._tracers

    def tracer(self, size: Size) -> Tracer:
        """The tracer for networks of a size.

        Raises PreviewError when the driver compiles neither path's shaders.
        """
        if size not in self._tracers:
            self._tracers[size] = self._compile(size)
        return self._tracers[size]

    def free(self) -> None:
        """Free all compiled shaders; which path works here stays known."""
        self._tracers.clear()

    def _compile(self, size: Size) -> Tracer:
        if self._path is None:
            self._path = TracingPath.COMPUTE if compute_works() else TracingPath.FRAGMENT
        if self._path is TracingPath.COMPUTE:
            try:
                return Tracer(self._path, size)
            # The gpu module raises a bare Exception when a shader does not compile.
            except Exception:
                self._path = TracingPath.FRAGMENT
                self._tracers.clear()
        try:
            return Tracer(self._path, size)
        except Exception as error:
            raise PreviewError(
                "This graphics card's driver does not compile the preview's shaders."
            ) from error


def compute_works() -> bool:
    """Whether a tiny compute shader compiles here and computes what it should."""
    info = GPUShaderCreateInfo()
    info.define(*SHARED_MEMORY)
    info.local_group_size(PROBE_THREADS, 1, 1)
    info.image(0, "RGBA32F", "FLOAT_2D", "result", qualifiers={"WRITE"})
    info.compute_source(source("probe"))
    try:
        shader = gpu.shader.create_from_info(info)
        result = GPUTexture((1, 1), format="RGBA32F")
        shader.bind()
        shader.image("result", result)
        gpu.compute.dispatch(shader, 1, 1, 1)
        found = np.array(result.read()).ravel()[0]
    # Whatever goes wrong in here, the answer is no.
    except Exception:
        return False
    return bool(found == 2**PROBE_THREADS - 1)
