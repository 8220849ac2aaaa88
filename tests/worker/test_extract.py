"""The worker extracts surfaces: the right one, in the object's own space and units."""

import math
from dataclasses import replace

import numpy as np
import pytest
from neural_shapes.core import shape_file
from neural_shapes.core.fields.nested import Level, NestedField
from neural_shapes.core.fields.siren import Siren
from neural_shapes.core.geometry.placement import Placement
from neural_shapes.core.geometry.surface_boundary import SurfaceBoundary
from neural_shapes.core.neural_shape import NeuralShape
from neural_shapes.worker.client import WorkerClient
from neural_shapes.worker.protocol import Message

# A cosine of this wave number is a parabola up to (0.2)^4 / 24, within the unit domain.
WAVE_NUMBER = 0.2
TOLERANCE = 0.01


def sphere_network(radius: float) -> Siren:
    """|p|^2 = r^2 as a sum of cosines, scaled to unit slope at the surface."""
    scale = 1 / (WAVE_NUMBER**2 * radius)
    return Siren(
        (np.eye(3, dtype=np.float32) * WAVE_NUMBER, np.full((1, 3), -scale, np.float32)),
        (
            np.full(3, math.pi / 2, np.float32),
            np.array([scale * (3 - WAVE_NUMBER**2 * radius**2 / 2)], np.float32),
        ),
        first_omega=1.0,
        hidden_omega=1.0,
    )


@pytest.fixture(scope="module")
def shape() -> np.ndarray:
    """Concentric spheres as two levels, of radius 0.8 and 0.4 in the domain, in an object twice as large."""
    field = NestedField((Level(sphere_network(0.8), 0.1), Level(sphere_network(0.4), 0.0)))
    placed = NeuralShape(field, Placement((10.0, 0.0, 0.0), 0.5))
    return np.frombuffer(shape_file.to_bytes(placed), np.uint8)


def extract(product: WorkerClient, shape: np.ndarray, **parameters: float) -> Message:
    request = product.submit("extract", {"resolution": 64, **parameters}, {"shape": shape})
    return product.run_to_end(request, print)


def radii(message: Message) -> np.ndarray:
    return np.linalg.norm(message.arrays["vertices"] - (10.0, 0.0, 0.0), axis=1)


@pytest.mark.parametrize(
    ("parameters", "radius"),
    [({}, 0.8), ({"level": 0}, 1.6), ({"level": 1}, 0.8), ({"level": 0, "offset": 0.2}, 1.8)],
)
def test_the_surface_is_that_of_the_level_and_offset_in_the_objects_units(
    product: WorkerClient, shape: np.ndarray, parameters: dict, radius: float
) -> None:
    message = extract(product, shape, **parameters)
    assert message.kind == "done", message.body
    np.testing.assert_allclose(radii(message), radius, rtol=TOLERANCE)
    assert 0 < message.body["evaluated_share"] < 1


def test_the_resolution_is_that_which_was_asked_for(product: WorkerClient, shape: np.ndarray) -> None:
    coarse, fine = (len(extract(product, shape, resolution=n).arrays["faces"]) for n in (32, 64))
    assert fine / coarse == pytest.approx(4, rel=0.2)


def test_as_many_faces_are_kept_as_were_asked_for(product: WorkerClient, shape: np.ndarray) -> None:
    message = extract(product, shape, faces=500)
    assert len(message.arrays["faces"]) == pytest.approx(500, rel=0.02)
    np.testing.assert_allclose(radii(message), 0.8, rtol=0.03)


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"level": 2}, "the levels 0 to 1, and no level 2"),
        ({"offset": -100}, "no surface at this offset"),
        ({"resolution": 10**6}, "resolution of 1000000 is not possible"),
    ],
)
def test_what_cannot_be_extracted_is_refused_in_a_sentence(
    product: WorkerClient, shape: np.ndarray, parameters: dict, sentence: str
) -> None:
    message = extract(product, shape, **parameters)
    assert message.kind == "failed"
    assert sentence in message.body["sentence"]


@pytest.mark.parametrize(("trim", "lowest"), [(True, -0.2), (False, -0.8)])
def test_an_open_source_gives_an_open_surface_unless_that_is_switched_off(
    product: WorkerClient, shape: np.ndarray, trim: bool, lowest: float
) -> None:
    """The source is the sphere of radius 0.4 above z = -0.1 in the domain, half as large as the object."""
    angles = np.linspace(0, 2 * np.pi, 65)
    outwards = np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
    circle = math.sqrt(0.4**2 - 0.1**2) * outwards - [0, 0, 0.1]
    normals = circle[:-1] / 0.4
    inward = np.cross(normals, np.cross([0, 0, 1], normals))
    inward /= np.linalg.norm(inward, axis=1, keepdims=True)
    boundary = SurfaceBoundary(np.stack([circle[:-1], circle[1:]], axis=1), inward, normals)
    opened = replace(shape_file.from_bytes(shape.tobytes()), boundary=boundary)
    message = extract(product, np.frombuffer(shape_file.to_bytes(opened), np.uint8), trim=trim)
    assert message.arrays["vertices"][:, 2].min() == pytest.approx(lowest, abs=0.01)
    assert message.arrays["vertices"][:, 2].max() == pytest.approx(0.8, abs=0.01)


def test_damaged_shapes_are_refused_in_a_sentence(product: WorkerClient, shape: np.ndarray) -> None:
    message = extract(product, shape[:-10])
    assert (message.kind, "truncated" in message.body["sentence"]) == ("failed", True)


def test_an_extraction_can_be_cancelled(product: WorkerClient, shape: np.ndarray) -> None:
    job = product.submit("extract", {"resolution": 512}, {"shape": shape})
    message = product.run_to_end(job, lambda progress: product.cancel(job))
    assert (message.kind, message.arrays) == ("cancelled", {})
