"""The tasks that map a shape onto a target tell how far they are, and stop when asked to."""

import math

import numpy as np
import pytest

pytest.importorskip("torch")

from neural_shapes.core import shape_file
from neural_shapes.core.errors import Cancelled
from neural_shapes.core.fields.nested import Level, NestedField
from neural_shapes.core.fields.siren import Siren
from neural_shapes.core.geometry.placement import Placement
from neural_shapes.core.neural_shape import NeuralShape
from neural_shapes.worker.handlers import bake
from neural_shapes.worker.task import Control, Request


def plane() -> np.ndarray:
    """The bytes of a shape whose surface is the plane z = 0: sin(0.01 z) scaled to unit slope."""
    network = Siren(
        (np.float32([[0, 0, 0.01]]), np.float32([[100]])),
        (np.zeros(1, np.float32), np.zeros(1, np.float32)),
        first_omega=1.0,
        hidden_omega=1.0,
    )
    shape = NeuralShape(NestedField((Level(network, 0.1),)), Placement())
    return np.frombuffer(shape_file.to_bytes(shape), np.uint8)


def request(size: int) -> Request:
    """A bake of a tilted square that fills the image."""
    corners = np.array([[-0.5, -0.5, -0.05], [0.5, -0.5, 0.05], [0.5, 0.5, 0.05], [-0.5, 0.5, -0.05]])
    uvs = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    own = np.array([-0.1, 0, 1]) / math.hypot(0.1, 1)
    parameters = {
        **{"matrix": np.eye(4).ravel().tolist(), "device": "cpu", "attribute": "normal", "space": "object"},
        **{"width": size, "height": size, "samples_per_side": 1, "margin": 0, "bits": 32},
    }
    arrays = {"shape": plane(), "positions": corners[faces], "uvs": uvs[faces]}
    return Request(parameters, {**arrays, "normals": np.tile(own, (2, 3, 1))})


def test_progress_is_told_with_the_seconds_left():
    told = []
    reply = bake.run(request(1024), Control(lambda reply: told.append(reply.body), lambda: False))
    np.testing.assert_allclose(reply.arrays["values"], np.tile([0.5, 0.5, 1], (1024, 1024, 1)), atol=1e-6)
    shares = [body["share"] for body in told]
    assert shares == sorted(shares)
    assert len(shares) > 3
    assert all(body["phase"] == "baking" for body in told)
    assert all(body["seconds_left"] > 0 for body in told[1:])


def test_a_cancelled_bake_stops_at_its_next_report():
    told = []

    def report(reply) -> None:
        told.append(reply)

    with pytest.raises(Cancelled):
        bake.run(request(1024), Control(report, lambda: len(told) == 2))
    assert len(told) == 2
