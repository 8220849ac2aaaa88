"""What is painted on the first mesh goes where the flow goes."""

import numpy as np
import pytest

pytest.importorskip("torch")

from neural_shapes.core.errors import NeuralShapesError
from neural_shapes.core.frames.carried import PaintedMesh
from neural_shapes.core.frames.following import followed_back, require_flow
from neural_shapes.core.geometry.mesh import TriangleMesh

CORNERS = np.array([[0, 0, 0], [2, 0, 0], [0, 2, 0], [2, 2, 0]])
FACES = np.array([[0, 1, 2], [1, 3, 2]])


def turned(points: np.ndarray, angle: float) -> np.ndarray:
    cosine, sine = np.cos(angle), np.sin(angle)
    return points @ np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]])


def test_points_are_followed_back_through_all_segments_to_the_first_mesh(turning):
    points = np.random.default_rng(0).uniform(-0.6, 0.6, (100, 3))
    # 0.6 in the first segment, and 0.2 up to the middle of the second.
    found = followed_back(turning, turned(points, 0.8), 0.625)
    np.testing.assert_allclose(found, 2 * points + [1, 2, 3], atol=1e-3)
    np.testing.assert_allclose(followed_back(turning, points, 0.0), 2 * points + [1, 2, 3], atol=1e-6)


def test_a_morph_without_a_flow_says_so(turning, swelling):
    require_flow(turning)
    with pytest.raises(NeuralShapesError, match="along a flow, which this morph has not"):
        require_flow(swelling)


def test_colours_and_uvs_are_those_at_the_closest_point():
    at_vertices = np.concatenate([CORNERS / 2, np.ones((4, 1))], axis=1)
    painted = PaintedMesh(
        TriangleMesh(CORNERS, FACES), at_vertices[FACES], CORNERS[FACES][..., :2] / 2, np.array([0, 1])
    )
    carried = painted.at(np.array([[0.5, 0.25, 0.1], [1.5, 1.75, -0.1], [5, 5, 0]]))
    np.testing.assert_allclose(carried.uvs, [[0.25, 0.125], [0.75, 0.875], [1, 1]], atol=1e-12)
    np.testing.assert_allclose(carried.colours[0], [0.25, 0.125, 0, 1], atol=1e-12)
    np.testing.assert_array_equal(carried.materials, [0, 1, 1])


def test_a_digest_tells_when_something_else_is_painted():
    mesh, colours = TriangleMesh(CORNERS, FACES), np.zeros((2, 3, 4))
    digests = {
        PaintedMesh(mesh).digest,
        PaintedMesh(mesh, colours).digest,
        PaintedMesh(mesh, colours + 0.1).digest,
        PaintedMesh(mesh, materials=np.array([0, 1])).digest,
    }
    assert len(digests) == 4
