"""The worker trains: a mesh goes in, a shape with its surface and its figures comes back."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from neural_shapes.core import shape_file
from neural_shapes.core.errors import NeuralShapesError
from neural_shapes.core.neural_shape import NeuralShape
from neural_shapes.worker.arrays import array_to_shape
from neural_shapes.worker.client import WorkerClient
from neural_shapes.worker.protocol import Message
from neural_shapes.worker.task import Control, Reply, Request

# A box from -3 to 3 around (10, 0, 0), in units of an object that is no unit domain.
CENTRE, HALF_SIZE = np.array([10.0, 0.0, 0.0]), 3.0
STEPS = 200
SETTINGS = {"recipe": "draft", "source": "Crate", "seed": 3, "device": "cpu", "threads": 1, "resolution": 48}


@pytest.fixture(scope="module")
def box() -> dict[str, np.ndarray]:
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float64)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [triangle for a, b, c, d in quads for triangle in ((a, b, c), (a, c, d))]
    return {"vertices": CENTRE + HALF_SIZE * corners, "faces": np.array(faces, np.int64)}


@pytest.fixture(scope="module")
def training(product: WorkerClient, box: dict[str, np.ndarray]) -> tuple[list[Message], Message]:
    """One short training: its progress and its end."""
    progress = []
    end = product.run_to_end(product.submit("train", {**SETTINGS, "steps": STEPS}, box), progress.append)
    assert end.kind == "done", end.body
    return progress, end


def shape_of(message: Message) -> NeuralShape:
    return array_to_shape(message.arrays["shape"])


def test_the_shape_says_where_it_came_from_and_how_good_it_is(
    training: tuple[list[Message], Message],
) -> None:
    _, end = training
    shape = shape_of(end)
    provenance = shape.provenance
    assert (provenance.source, provenance.recipe, provenance.seed) == ("Crate", "draft", 3)
    assert (provenance.steps, provenance.threads, provenance.device) == (STEPS, 1, "cpu")
    assert shape.measures == end.body["measures"]
    assert shape.measures["chamfer"] > 0
    assert provenance.seconds == end.body["seconds"]


def test_the_surface_lies_where_the_source_does(training: tuple[list[Message], Message]) -> None:
    _, end = training
    distances = np.abs(end.arrays["vertices"] - CENTRE).max(axis=1)  # To the box's centre, in its own norm.
    np.testing.assert_allclose(np.median(distances), HALF_SIZE, rtol=0.05)
    assert end.arrays["faces"].max() < len(end.arrays["vertices"])


def test_progress_names_phases_in_order_and_what_a_panel_shows(
    training: tuple[list[Message], Message],
) -> None:
    progress, _ = training
    phases = list(dict.fromkeys(message.body["phase"] for message in progress))
    expected = ["distances", "training", "measuring", "clearing", "extracting"]
    assert phases == [phase for phase in expected if phase in phases]
    assert "measuring" in phases
    shares = [message.body["share"] for message in progress if message.body["phase"] != "extracting"]
    assert all(0 <= share <= 1 for share in shares)
    assert {"step", "steps", "loss", "seconds_left"} <= progress[0].body.keys()


def test_a_cancelled_training_gives_what_it_reached_and_can_be_resumed(
    product: WorkerClient, box: dict[str, np.ndarray]
) -> None:
    job = product.submit("train", SETTINGS, box)
    latest = []

    def cancel_at_the_first_weights(message: Message) -> None:
        if "shape" in message.arrays:
            latest.append(message)
            product.cancel(job)

    end = product.run_to_end(job, cancel_at_the_first_weights)
    assert end.kind == "cancelled"
    assert len(end.arrays["faces"]) > 0
    reached = shape_of(end).provenance.steps
    assert 0 < shape_of(latest[0]).provenance.steps <= reached

    resumed = product.submit(
        "train", {**SETTINGS, "steps": reached + 20}, {**box, "start": end.arrays["shape"]}
    )

    def cancel_the_measuring(message: Message) -> None:
        if message.body["phase"] == "measuring":
            product.cancel(resumed)

    assert shape_of(product.run_to_end(resumed, cancel_the_measuring)).provenance.steps == reached + 20


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"recipe": "enormous"}, "no preset 'enormous'; choose one of draft, standard"),
        ({"device": "abacus"}, "no device 'abacus'; choose one of"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_sentence(
    product: WorkerClient, box: dict[str, np.ndarray], settings: dict, sentence: str
) -> None:
    end = product.run_to_end(product.submit("train", {**SETTINGS, **settings}, box), print)
    assert (end.kind, sentence in end.body["sentence"]) == ("failed", True), end.body


def test_a_mesh_that_cannot_be_trained_on_is_refused_in_a_sentence(product: WorkerClient) -> None:
    empty = {"vertices": np.empty((0, 3)), "faces": np.empty((0, 3), np.int64)}
    end = product.run_to_end(product.submit("train", SETTINGS, empty), print)
    assert end.kind == "failed"
    assert "Error" not in end.body["sentence"]


@pytest.fixture
def finished(root: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Reply]:
    """Runs the task in this process, with a training that is over at once, and a low default resolution."""
    pytest.importorskip("torch", reason="the task runs in the test's own process, which has no torch")
    from neural_shapes.worker.handlers import train as handler

    shape = shape_file.load(root / "tests/viewport/shapes/residual.safetensors")
    monkeypatch.setattr(handler, "train", lambda *_, **settings: shape)
    monkeypatch.setattr(handler, "DEFAULT_RESOLUTION", 16)

    def run(box: dict[str, np.ndarray], resolution: int, cancelled: Callable[[], bool]) -> Reply:
        request = Request({**SETTINGS, "resolution": resolution}, box)
        return handler.run(request, Control(lambda _: None, cancelled))

    return run


def out_of_memory() -> list[Exception]:
    """What numpy raises, and torch on a CPU and on a GPU."""
    of_cpu = RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")
    return [MemoryError(), of_cpu, type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory.")]


@pytest.mark.parametrize("error", out_of_memory(), ids=["numpy", "torch on a CPU", "torch on a GPU"])
def test_a_training_whose_surface_does_not_fit_into_memory_is_kept_with_a_coarser_one(
    finished: Callable[..., Reply],
    box: dict[str, np.ndarray],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    from neural_shapes.core.meshing import isosurface

    marching_cubes = isosurface.marching_cubes

    def fail_on_large_ones(values: np.ndarray, *arguments: object, **settings: object) -> object:
        if len(values) > 17:
            raise error
        return marching_cubes(values, *arguments, **settings)

    coarse = finished(box, 16, lambda: False)
    assert coarse.body["sentence"] == ""
    monkeypatch.setattr(isosurface, "marching_cubes", fail_on_large_ones)
    reply = finished(box, 64, lambda: False)
    assert "resolution of 16 in place of 64, for which memory ran out" in reply.body["sentence"]
    for name in ("shape", "vertices", "faces"):
        np.testing.assert_array_equal(reply.arrays[name], coarse.arrays[name])


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Lets memory suffice for surfaces of a resolution, and for no finer ones."""
    isosurface = pytest.importorskip("neural_shapes.core.meshing.isosurface")
    marching_cubes = isosurface.marching_cubes

    def limit(resolution: int) -> None:
        def fail_on_large_ones(values: np.ndarray, *arguments: object, **settings: object) -> object:
            if len(values) > resolution + 1:
                raise MemoryError
            return marching_cubes(values, *arguments, **settings)

        monkeypatch.setattr(isosurface, "marching_cubes", fail_on_large_ones)

    return limit


@pytest.mark.parametrize(
    ("wanted", "enough", "made"), [(200, 64, 64), (128, 100, 64), (128, 32, 32), (40, 32, 32)]
)
def test_where_memory_runs_out_for_the_default_resolution_the_surface_is_coarser_still(
    finished: Callable[..., Reply],
    box: dict[str, np.ndarray],
    little_memory: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
    wanted: int,
    enough: int,
    made: int,
) -> None:
    monkeypatch.setattr("neural_shapes.worker.handlers.train.DEFAULT_RESOLUTION", 128)
    coarse = finished(box, made, lambda: False)
    little_memory(enough)
    reply = finished(box, wanted, lambda: False)
    sentence = f"resolution of {made} in place of {wanted}, for which memory ran out"
    assert sentence in reply.body["sentence"]
    np.testing.assert_array_equal(reply.arrays["vertices"], coarse.arrays["vertices"])


def test_where_memory_does_not_even_suffice_for_a_coarse_surface_that_is_told(
    finished: Callable[..., Reply], box: dict[str, np.ndarray], little_memory: Callable[[int], None]
) -> None:
    little_memory(8)
    with pytest.raises(NeuralShapesError, match="not enough memory for a resolution of 16"):
        finished(box, 64, lambda: False)


def test_a_training_whose_measuring_memory_ran_out_for_is_kept_and_says_so(
    finished: Callable[..., Reply],
    box: dict[str, np.ndarray],
    little_memory: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
    root: Path,
) -> None:
    shape = shape_file.load(root / "tests/viewport/shapes/residual.safetensors")
    seconds = {**shape.provenance.seconds, "measuring": 1.0}
    shape = replace(shape, measures={}, provenance=replace(shape.provenance, seconds=seconds))
    monkeypatch.setattr("neural_shapes.worker.handlers.train.train", lambda *_, **settings: shape)
    reply = finished(box, 16, lambda: False)
    assert reply.body["sentence"] == "Memory ran out while the shape was measured, so that it has no figures."
    assert array_to_shape(reply.arrays["shape"]).unmeasured == reply.body["sentence"]
    little_memory(16)
    both = finished(box, 64, lambda: False).body["sentence"]
    assert both.startswith(f"{reply.body['sentence']} The surface has a resolution of 16 in place of 64")


def test_a_training_that_is_cancelled_while_its_surface_is_extracted_is_kept_with_a_coarser_one(
    finished: Callable[..., Reply], box: dict[str, np.ndarray]
) -> None:
    asked = []
    reply = finished(box, 64, lambda: asked.append(None) or len(asked) > 1)
    assert "resolution of 16 in place of 64, since the training was cancelled" in reply.body["sentence"]
    coarse = finished(box, 16, lambda: True)
    np.testing.assert_array_equal(reply.arrays["faces"], coarse.arrays["faces"])
    assert coarse.body["sentence"] == ""
