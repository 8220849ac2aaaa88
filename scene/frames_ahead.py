"""The frames that playback comes to next, round from the range's end to its start."""

from collections.abc import Iterator
from itertools import islice

import bpy

# Looked at for each frame while it plays, in some milliseconds; at 25 frames a second two seconds.
FRAMES_AHEAD = 50


def frames_ahead(scene: bpy.types.Scene) -> Iterator[int]:
    """Frames after the current one in the order of playback, each at most once, FRAMES_AHEAD at most.

    The scene's Frame Step is one of renders: playback shows every frame (Blender 5.2, measured).
    """
    preview = scene.use_preview_range
    start = scene.frame_preview_start if preview else scene.frame_start
    end = scene.frame_preview_end if preview else scene.frame_end
    current = scene.frame_current
    after = range(max(current + 1, start), end + 1)
    before = range(start, min(current, end + 1))
    return islice(iter([*after, *before]), FRAMES_AHEAD)
