"""The worker extracts moments of a morph, as a job and as a short query beside one."""

import time
from pathlib import Path

import numpy as np
import pytest
from neural_shapes.worker.client import WorkerClient
from neural_shapes.worker.protocol import Message

# The ring of the committed shape, and what its tube swells from and to.
RING, TUBE, SWELLING = 0.5, 0.2, 0.1
PATIENCE = 60.0


@pytest.fixture(scope="module")
def shape(root: Path) -> np.ndarray:
    return np.frombuffer((root / "tests/viewport/shapes/space_time.safetensors").read_bytes(), np.uint8)


def tube_radii(message: Message) -> np.ndarray:
    x, y, z = message.arrays["vertices"].T
    return np.hypot(np.hypot(x, y) - RING, z)


@pytest.mark.parametrize("moment", [0.0, 0.5, 1.0])
def test_the_surface_is_that_of_the_time(product: WorkerClient, shape: np.ndarray, moment: float) -> None:
    request = product.submit("moment", {"time": moment, "resolution": 32}, {"shape": shape})
    message = product.run_to_end(request, print)
    assert message.kind == "done", message.body
    assert set(message.arrays) == {"vertices", "faces"}
    np.testing.assert_allclose(tube_radii(message).mean(), TUBE + SWELLING * moment, atol=0.01)


def test_normals_and_velocities_come_where_they_are_wanted(product: WorkerClient, shape: np.ndarray) -> None:
    parameters = {"time": 0.5, "resolution": 32, "normals": True, "velocity": True}
    message = product.run_to_end(product.submit("moment", parameters, {"shape": shape}), print)
    normals, velocity = message.arrays["normals"], message.arrays["velocity"]
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-5)
    # The tube swells everywhere alike.
    np.testing.assert_allclose(np.einsum("nx,nx->n", normals, velocity).mean(), SWELLING, rtol=0.1)


def test_a_query_is_answered_while_a_job_runs(product: WorkerClient, shape: np.ndarray) -> None:
    job = product.submit("extract", {"resolution": 512}, {"shape": _static(shape)})
    query = product.ask("moment", {"time": 0.5, "resolution": 16}, {"shape": shape})
    answer, give_up = None, time.monotonic() + PATIENCE
    while answer is None:
        assert time.monotonic() < give_up
        messages = product.poll()
        assert not [message for message in messages if message.id == job and message.kind == "done"]
        answer = next((message for message in messages if message.id == query), None)
        time.sleep(0.01)
    assert answer.kind == "done", answer.body
    product.cancel(job)
    product.run_to_end(job, print)


def _static(shape: np.ndarray) -> np.ndarray:
    from neural_shapes.worker.arrays import array_to_shape, shape_to_array

    return shape_to_array(array_to_shape(shape).at_time(0.5))


def test_what_does_not_change_or_is_damaged_is_refused_in_a_sentence(
    product: WorkerClient, shape: np.ndarray
) -> None:
    for array, sentence in ((_static(shape), "does not change over time"), (shape[:-10], "truncated")):
        end = product.run_to_end(product.submit("moment", {"time": 0.5}, {"shape": array}), print)
        assert (end.kind, sentence in end.body["sentence"]) == ("failed", True), end.body
