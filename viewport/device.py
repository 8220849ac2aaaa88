"""What this computer's graphics card can do: the path that traces here, and the shaders compiled for it."""

from collections.abc import Collection

import gpu
import numpy as np
from gpu.types import GPUShaderCreateInfo, GPUTexture

from .errors import PreviewError
from .shader_source import SHARED_MEMORY, source
from .stages import Size, TracingPath
from .tracer import Tracer

PROBE_THREADS = 16


class Device:
    """Compiles stages on first use, by compute shaders where a probe succeeds and by fragments elsewhere."""

    def __init__(self, path: TracingPath | None = None) -> None:
        """``path`` forces one; without it the probe decides at the first tracer."""
        self._path = path
        self._tracers: dict[Size, Tracer] = {}

    @property
    def path(self) -> TracingPath | None:
        """The path in use, or None before the first tracer."""
        return self._path

    def has_compiled(self, size: Size, stages: Collection[str]) -> bool:
        """Whether these stages are compiled for networks of a size."""
        return size in self._tracers and self._tracers[size].has(stages)

    def tracer(self, size: Size, stages: Collection[str]) -> Tracer:
        """The tracer for networks of a size, with these stages compiled.

        Where one of them does not compile as a compute shader, everything goes by fragments from there on.
        Raises PreviewError when the driver compiles neither path's shaders.
        """
        if self._path is None:
            self._path = TracingPath.COMPUTE if compute_works() else TracingPath.FRAGMENT
        if self._path is TracingPath.COMPUTE:
            try:
                return self._compiled(size, stages)
            # The gpu module raises a bare Exception when a shader does not compile.
            except Exception:
                self._path = TracingPath.FRAGMENT
                self._tracers.clear()
        try:
            return self._compiled(size, stages)
        except Exception as error:
            raise PreviewError(
                "This graphics card's driver does not compile the preview's shaders."
            ) from error

    def free(self) -> None:
        """Free all compiled shaders; which path works here stays known."""
        self._tracers.clear()

    def _compiled(self, size: Size, stages: Collection[str]) -> Tracer:
        tracer = self._tracers.setdefault(size, Tracer(self._path, size))
        tracer.compile(stages)
        return tracer


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
