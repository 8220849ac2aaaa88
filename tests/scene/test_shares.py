"""A share that a datablock keeps is a share, whatever a file has in its place."""

import pytest
from neural_shapes.scene.shares import read_share


@pytest.mark.parametrize(
    ("kept", "read"),
    [(0.25, 0.25), (1.0, 1.0), (float("nan"), 0.0), (-0.5, 0.0), (1.5, 0.0), (1, 0.0), ("half", 0.0)],
)
def test_what_is_no_share_is_read_as_none(shared_blender, kept, read):
    mesh = shared_blender.data.meshes.new("Mesh")
    mesh["share"] = kept
    assert read_share(mesh, "share") == read
    assert read_share(mesh, "absent") == 0.0
