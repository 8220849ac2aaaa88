"""The F-curve of a morph's Time: written from keys, and read at any frame without changing the scene."""

from collections.abc import Iterable

import bpy
from bpy_extras.anim_utils import action_get_channelbag_for_slot

DATA_PATH = "neural_shapes.time"

# How the time goes from one key to the next, by Blender's own names.
EASINGS = tuple(
    (item.identifier, item.name, item.description)
    for item in bpy.types.Keyframe.bl_rna.properties["interpolation"].enum_items
)


def key_times(holder: bpy.types.Object, frames_and_times: Iterable[tuple[float, float]], easing: str) -> None:
    """Key an object's Time with pairs of a frame and a time from 0 to 1; ``easing`` is one of EASINGS.

    Keys that are there at other frames stay. The Time itself becomes that of the scene's current frame.
    """
    pairs = list(frames_and_times)
    for frame, time in pairs:
        holder.neural_shapes.time = time
        holder.keyframe_insert(DATA_PATH, frame=frame)
    curve, frames = _curve(holder), {frame for frame, _ in pairs}
    for point in curve.keyframe_points:
        if point.co.x in frames:
            point.interpolation = easing
    curve.update()
    scene = bpy.context.scene
    holder.neural_shapes.time = time_at_frame(holder, scene.frame_current + scene.frame_subframe)


def time_at_frame(holder: bpy.types.Object, frame: float) -> float:
    """The object's Time at a frame, 0 to 1: by its F-curve, or what it is now where that does not decide.

    It does not where there is none, where it is muted, and under a driver or tracks of the NLA editor.
    """
    curve = _curve(holder) if keys_decide(holder) else None
    if curve is None or curve.mute:
        return holder.neural_shapes.time
    return min(max(curve.evaluate(frame), 0.0), 1.0)


def keys_decide(holder: bpy.types.Object) -> bool:
    """Whether neither a driver nor tracks of the NLA editor have a say in the object's Time."""
    return not _is_driven(holder) and not _has_strips(holder)


def _curve(holder: bpy.types.Object) -> bpy.types.FCurve | None:
    data = holder.animation_data
    if data is None or data.action is None or data.action_slot is None:
        return None
    channels = action_get_channelbag_for_slot(data.action, data.action_slot)
    return channels.fcurves.find(DATA_PATH) if channels is not None else None


def _is_driven(holder: bpy.types.Object) -> bool:
    data = holder.animation_data
    return data is not None and data.drivers.find(DATA_PATH) is not None


def _has_strips(holder: bpy.types.Object) -> bool:
    data = holder.animation_data
    return data is not None and data.use_nla and any(len(track.strips) for track in data.nla_tracks)
