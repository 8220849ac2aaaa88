"""How torch uses the CPU: its threads, the library of its matrix products, and the memory between steps."""

import ctypes
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import torch

from ..errors import NeuralShapesError
from ..geometry.distance import limit_threads

# glibc gives freed memory back to the system when more than some 2 MB of it lie on top, as every step does.
# Taking it anew costs a fifth of a step's CPU time (measured, (128,2), batches of 3072).
KEPT_BYTES = 64 << 20
# Arrays from this size on are returned at once all the same; the most that glibc takes.
RETURNED_ARRAY_BYTES = 32 << 20
# mallopt's names for the two, in glibc's malloc.h.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3

# Mean relative error of a product over 128 columns that only sums in float32 stay below: they are at 2e-7,
# factors rounded to bfloat16 at 3e-3.
FLOAT32_ERROR = 1e-6


class _Users:
    """How many calls, of all threads, are within ``efficient_processor``, and the setting to return to."""

    lock = threading.Lock()
    count = 0
    precision_before = ""


@contextmanager
def efficient_processor() -> Iterator[None]:
    """Within, float32 products are oneDNN's wherever these are as exact as others; freed memory is kept.

    torch's own choice, MKL, multiplies at half of oneDNN's speed on AMD processors with AVX-512; with it and
    kept memory a training step takes two thirds of the CPU time (measured, (128,2) and an EPYC of 2024).
    oneDNN is reached by allowing it bfloat16, which it takes up on processors with matrix units alone; there,
    and where it has no such products, nothing is changed. Backward products that are rounded to bfloat16 in
    fact save another 8% (measured), which is not worth their error. The setting is torch's for all threads,
    so it stays until the last of them is done.
    """
    _keep_freed_memory()
    if not _onednn_keeps_float32():
        yield
        return
    settings = torch.backends.mkldnn.matmul
    with _Users.lock:
        if _Users.count == 0:
            _Users.precision_before, settings.fp32_precision = settings.fp32_precision, "bf16"
        _Users.count += 1
    try:
        yield
    finally:
        with _Users.lock:
            _Users.count -= 1
            if _Users.count == 0:
                settings.fp32_precision = _Users.precision_before


@contextmanager
def limited_threads(threads: int | None) -> Iterator[int]:
    """Let torch and the distances use so many threads of this process, torch only meanwhile.

    Raises NeuralShapesError for less than one.
    """
    before = torch.get_num_threads()
    if threads is not None:
        if threads < 1:
            raise NeuralShapesError("Training needs at least one thread.")
        limit_threads(threads)
        torch.set_num_threads(threads)
    try:
        yield torch.get_num_threads()
    finally:
        torch.set_num_threads(before)


@cache
def _onednn_keeps_float32() -> bool:
    """Whether products by oneDNN are there, and as exact on this processor as float32 is."""
    if not (torch.backends.mkldnn.is_available() and hasattr(torch.backends.mkldnn, "matmul")):
        return False
    generator = torch.Generator().manual_seed(0)
    left, right = torch.randn((2, 128, 128), generator=generator)
    before = torch.backends.mkldnn.matmul.fp32_precision
    torch.backends.mkldnn.matmul.fp32_precision = "bf16"
    product = left @ right
    torch.backends.mkldnn.matmul.fp32_precision = before
    exact = left.double() @ right.double()
    return float((product - exact).abs().mean() / exact.abs().mean()) < FLOAT32_ERROR


@cache
def _keep_freed_memory() -> None:
    """Once for the process; the C libraries of other systems keep memory as they do."""
    # A Linux without glibc has no such function.
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        # Setting one fixes both, the other at a value that would return every tensor.
        mallopt(M_MMAP_THRESHOLD, RETURNED_ARRAY_BYTES)
        mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
