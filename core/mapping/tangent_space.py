"""Normals in the tangent space of MikkTSpace, as Blender and game engines read them."""

import numpy as np

from .transform import normalized

# Below this determinant of (tangent, bitangent, normal) a triangle has no tangent space, for want of UV area.
SMALLEST_DETERMINANT = 1e-8


def to_tangent_space(mapped: np.ndarray, normals: np.ndarray, tangents: np.ndarray) -> np.ndarray:
    """Mapped normals (N, 3) of a target's space in its tangent space: unit vectors, z along the own normal.

    ``normals`` (N, 3) and ``tangents`` (N, 4) are interpolated and not normalised: a renderer computes
    x T + y s (N x T) + z N from what it interpolates, and this inverts it (mikktspace.h). Without a tangent
    space the normal is the target's own, (0, 0, 1).
    """
    tangent = tangents[:, :3]
    sign = np.where(tangents[:, 3:] < 0, -1, 1)
    bitangent = sign * np.cross(normals, tangent)
    # Cramer's rule for the columns (T, B, N).
    pairs = ((bitangent, normals), (normals, tangent), (tangent, bitangent))
    across = np.stack([np.cross(*pair) for pair in pairs], axis=1)
    determinant = np.einsum("nx,nx->n", tangent, across[:, 0])
    coordinates = np.einsum("nkx,nx->nk", across, mapped) * np.sign(determinant)[:, None]
    has_space = np.abs(determinant) > SMALLEST_DETERMINANT
    flat = np.array([0, 0, 1], dtype=np.float32)
    return np.where(has_space[:, None], normalized(coordinates), flat).astype(np.float32)
