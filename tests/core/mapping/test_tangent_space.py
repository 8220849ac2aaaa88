"""Tangent-space normals are what a renderer turns back into the mapped normals."""

import numpy as np
from neural_shapes.core.mapping.tangent_space import to_tangent_space


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_the_renderers_formula_gives_the_mapped_normal_back():
    rng = np.random.default_rng(10)
    normals = rng.normal(size=(200, 3)) * rng.uniform(0.7, 1, (200, 1))
    tangents = rng.normal(size=(200, 3)) * rng.uniform(0.7, 1, (200, 1))  # neither unit nor perpendicular
    signs = rng.choice([-1.0, 1.0], (200, 1))
    mapped = unit(normals + 0.3 * rng.normal(size=(200, 3)))
    coordinates = to_tangent_space(mapped, normals, np.hstack([tangents, signs]))
    bitangents = signs * np.cross(normals, tangents)
    rendered = coordinates[:, :1] * tangents + coordinates[:, 1:2] * bitangents + coordinates[:, 2:] * normals
    np.testing.assert_allclose(unit(rendered), mapped, atol=1e-4)


def test_without_a_tangent_the_map_is_flat():
    flat = to_tangent_space(np.array([[1.0, 0, 0]]), np.array([[0, 0, 1.0]]), np.array([[0, 0, 0, 1.0]]))
    np.testing.assert_array_equal(flat, [[0, 0, 1]])
