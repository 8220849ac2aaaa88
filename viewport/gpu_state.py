"""Draws with a state of the gpu module of one's own, and leaves the one that was there."""

from collections.abc import Iterator
from contextlib import contextmanager

import gpu


@contextmanager
def drawing_state(blend: str, depth_test: str, writes_depth: bool) -> Iterator[None]:
    """Within, the gpu module blends, tests and writes depths in this way."""
    state = gpu.state
    before = state.blend_get(), state.depth_test_get(), state.depth_mask_get()
    _set(blend, depth_test, writes_depth)
    try:
        yield
    finally:
        _set(*before)


def _set(blend: str, depth_test: str, writes_depth: bool) -> None:
    gpu.state.blend_set(blend)
    gpu.state.depth_test_set(depth_test)
    gpu.state.depth_mask_set(writes_depth)
