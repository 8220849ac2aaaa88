"""Where baked maps are saved."""

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")
from neural_shapes.session import baking  # noqa: E402
from neural_shapes.session.baking import BakeOptions, bake  # noqa: E402
from neural_shapes.session.mapping import MappingOptions  # noqa: E402
from neural_shapes.worker import protocol  # noqa: E402
from neural_shapes.worker.protocol import Message  # noqa: E402

SIZE = 4


def answer_at_once(task, holder, target, mapping, parameters, arrays, receive) -> None:
    """In place of a worker: a black map."""
    body = {"masked_share": 0.0, "overlapping_share": 0.0, "full_scale": 1.0}
    receive(target, Message(protocol.DONE, 1, body, {"values": np.zeros((SIZE, SIZE, 3), np.float32)}))


def test_names_that_differ_only_in_case_are_saved_to_files_that_are_two_on_every_system(
    blender, tmp_path, monkeypatch
):
    monkeypatch.setattr(baking, "submit", answer_at_once)
    options = BakeOptions(width=SIZE, height=SIZE, bits=32, folder=str(tmp_path), wire=False)
    for name in ("Rock", "rock", "rock"):
        if name not in bpy.data.objects:
            bpy.ops.mesh.primitive_uv_sphere_add(segments=8, ring_count=6)
            bpy.context.object.name = name
        bake(bpy.data.objects[name], bpy.data.objects[name], MappingOptions(), options)
    assert {path.name for path in tmp_path.iterdir()} == {"Rock_Normal.exr", "rock_Normal_2.exr"}
