"""A morph's Time at many frames: by its F-curve, or with the playhead where a driver or the NLA decides."""

from collections.abc import Iterable

import bpy

from .time_curve import keys_decide, time_at_frame


def times_at_frames(
    holder: bpy.types.Object, scene: bpy.types.Scene, frames: Iterable[float]
) -> dict[float, float]:
    """The object's Time, 0 to 1, at each frame.

    Under a driver or tracks of the NLA editor the scene is evaluated at each frame, and at the end again
    where the playhead was.
    """
    if keys_decide(holder):
        return {frame: time_at_frame(holder, frame) for frame in frames}
    current, subframe = scene.frame_current, scene.frame_subframe
    times = {}
    try:
        for frame in frames:
            scene.frame_set(int(frame // 1), subframe=frame % 1)
            times[frame] = holder.neural_shapes.time
    finally:
        scene.frame_set(current, subframe=subframe)
    return times
