"""The worker refuses what cannot be morphed, before any work, and says of a morph why it has no figures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from neural_shapes.core import shape_file
from neural_shapes.worker.arrays import array_to_shape
from neural_shapes.worker.client import WorkerClient
from neural_shapes.worker.task import Control, Request

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


def test_a_morph_whose_measuring_memory_ran_out_for_is_kept_and_says_so(
    boxes: dict[str, np.ndarray], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch", reason="the task runs in the test's own process, which has no torch")
    from neural_shapes.worker.handlers import morph as handler

    shape = shape_file.load(root / "tests/viewport/shapes/residual.safetensors")
    for seconds, is_told in (({"training": 1.0}, False), ({"training": 1.0, "measuring": 1.0}, True)):
        kept = replace(shape, measures={}, provenance=replace(shape.provenance, seconds=seconds))
        monkeypatch.setattr(handler, "train_morph", lambda *_, kept=kept, **settings: kept)
        reply = handler.run(Request(SETTINGS, boxes), Control(lambda _: None, lambda: False))
        assert ("Memory ran out" in reply.body["sentence"]) is is_told
        assert array_to_shape(reply.arrays["shape"]).provenance.seconds == seconds
