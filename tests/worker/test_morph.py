"""The worker trains a morph: meshes go in, a shape over time comes back, also when it is cancelled."""

import numpy as np
import pytest
from neural_shapes.worker.arrays import array_to_shape
from neural_shapes.worker.client import WorkerClient
from neural_shapes.worker.protocol import Message

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


def test_a_morph_comes_back_with_its_keys_and_its_progress_on_the_way(
    product: WorkerClient, boxes: dict[str, np.ndarray]
) -> None:
    job = product.submit("morph", SETTINGS, boxes)
    phases = []

    def cancel_the_measuring(message: Message) -> None:
        phases.append(message.body["phase"])
        if phases[-1] == "measuring":
            product.cancel(job)

    end = product.run_to_end(job, cancel_the_measuring)
    assert "shape" in end.arrays, (end.kind, end.body)
    shape = array_to_shape(end.arrays["shape"])
    assert [key.source for key in shape.keys] == ["Crate", "Plank"]
    assert (shape.provenance.recipe, shape.provenance.steps) == ("blend", shape.provenance.planned_steps)
    assert phases[0] == "distances"
    assert shape.at_time(0.5).field.dimension == 3


def test_what_cannot_be_morphed_is_refused_in_a_sentence(
    product: WorkerClient, boxes: dict[str, np.ndarray]
) -> None:
    for settings, sentence in (
        ({"mode": "melt"}, "mode is one of"),
        ({"sources": ["Crate"]}, "at least two"),
    ):
        end = product.run_to_end(product.submit("morph", {**SETTINGS, **settings}, boxes), print)
        assert (end.kind, sentence in end.body["sentence"]) == ("failed", True), end.body
