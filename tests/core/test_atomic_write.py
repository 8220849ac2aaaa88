"""Files are written as a whole, also by several that write the same one at once."""

import os

from neural_shapes.core.atomic_write import unfinished_path


def test_two_that_write_the_same_file_at_once_do_not_meet(tmp_path):
    """Also on machines that share a folder, whose processes have the same numbers."""
    path = tmp_path / "frame.ply"
    first, second = unfinished_path(path), unfinished_path(path)
    first.write_bytes(b"whole")
    second.write_bytes(b"wh")
    os.replace(first, path)
    assert path.read_bytes() == b"whole"
    second.write_bytes(b"whole")
    os.replace(second, path)
    assert path.read_bytes() == b"whole"
