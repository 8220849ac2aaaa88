"""The worker refuses what cannot be morphed, before any work."""

import numpy as np
import pytest
from neural_shapes.worker.client import WorkerClient

SETTINGS = {"mode": "blend", "sources": ["Crate", "Plank"], "device": "cpu", "threads": 1, "seconds": 1.0}


def _box(half_size: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float64)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [triangle for a, b, c, d in quads for triangle in ((a, b, c), (a, c, d))]
    return corners * half_size, np.array(faces, np.int64)


@pytest.fixture(scope="module")
def boxes() -> dict[str, np.ndarray]:
    arrays = {}
    for index, half_size in enumerate([(1, 1, 1), (2, 0.5, 1)]):
        arrays[f"vertices_{index}"], arrays[f"faces_{index}"] = _box(half_size)
    return arrays


def test_what_cannot_be_morphed_is_refused_in_a_sentence(
    product: WorkerClient, boxes: dict[str, np.ndarray]
) -> None:
    for settings, sentence in (
        ({"mode": "melt"}, "mode is one of"),
        ({"sources": ["Crate"]}, "at least two"),
    ):
        end = product.run_to_end(product.submit("morph", {**SETTINGS, **settings}, boxes), print)
        assert (end.kind, sentence in end.body["sentence"]) == ("failed", True), end.body
