"""Bake a morph into a folder: one mesh file for each frame, of which those that are up to date stay.

The worker writes the files itself, so that Blender neither waits for the disk nor takes in every frame.

parameters: "folder"; "frames", a list of [frame, time from 0 to 1, time that passes in a frame];
"resolution"; where given, "true_volume", "carry" (refuse a morph without a flow) and "device".
arrays: "shape", the bytes of the morph; where materials, colours or UVs are carried, the first mesh in its
object's space as "vertices" (V, 3) and "faces" (F, 3), and as far as there are "colours" (F, 3, 4), linear,
and "uvs" (F, 3, 2) of its corners and "materials" (F,).
progress: "phase", "step" of "steps", "share" and "seconds_left".
reply: "made" and "kept", numbers of frames.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ...core.frames.bake import FrameSettings, FrameTime, bake_frames
from ...core.frames.carried import PaintedMesh
from ...core.frames.following import require_flow
from ..arrays import array_to_shape, arrays_to_mesh
from ..task import Control, Reply, Request
from .target import reporter


def run(request: Request, control: Control) -> Reply:
    """Raises what baking raises, ShapeFileError, and Cancelled."""
    parameters, arrays = request.parameters, request.arrays
    shape = array_to_shape(arrays["shape"])
    if parameters.get("carry", False):
        require_flow(shape)
    report = reporter(control, "baking frames")
    baked = bake_frames(
        shape,
        hashlib.sha256(arrays["shape"].tobytes()).hexdigest(),
        [FrameTime(*entry) for entry in parameters["frames"]],
        Path(parameters["folder"]),
        FrameSettings(parameters["resolution"], parameters.get("true_volume", False)),
        _painted(arrays),
        lambda done, count: report(done / count, step=done, steps=count),
        parameters.get("device", "auto"),
    )
    return Reply(asdict(baked))


def _painted(arrays: Mapping[str, np.ndarray]) -> PaintedMesh | None:
    if "vertices" not in arrays:
        return None
    kinds = ("colours", "uvs", "materials")
    return PaintedMesh(arrays_to_mesh(arrays), *(arrays.get(kind) for kind in kinds))
