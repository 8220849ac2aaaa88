"""Corner normals that, interpolated over the faces, come closest to the normals of a field.

A normal fetched at a vertex alone says nothing of the detail between vertices, and at a crease it is an
average of the sides. So the normals of the smooth fans are fitted: the least-squares projection of the mapped
normals, sampled all over the faces, onto what corners can interpolate.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .neural_normals import MappedNormals, agreement, blended_normals, check_orientation
from .transform import normalized

# Samples over the whole mesh, and their bounds on a triangle: on armadillo at 2% of its faces the mean error
# is 17.2 degrees with 4 samples a triangle, 16.9 with 16, and the same with 64 (measured).
SAMPLES = 200_000
FEWEST_SAMPLES, MOST_SAMPLES = 4, 16

# Pulls a fan without area to the normals it has; small beside the smallest triangles that matter.
RELATIVE_REGULARISATION = 1e-6

# Diagonally scaled mass matrices of linear triangles have condition numbers up to 4 (Wathen 1987), for which
# 20 steps of conjugate gradients leave some 3^-20 of the error.
CONJUGATE_GRADIENT_STEPS = 20


@dataclass(frozen=True)
class CornerTarget:
    """The faces of a mesh whose corner normals are to be fitted, in its own space.

    ``triangles`` (T, 3) are corners, ``positions`` (C, 3) and ``normals`` (C, 3) the corners' places and own
    normals, and ``fans`` (C,) the smooth fan of each corner.
    """

    triangles: np.ndarray
    positions: np.ndarray
    normals: np.ndarray
    fans: np.ndarray


def fit_corner_normals(
    target: CornerTarget, map_points: Callable[[np.ndarray], MappedNormals]
) -> tuple[np.ndarray, float]:
    """Unit corner normals (C, 3), and the share of the samples that were masked.

    ``map_points`` gives normals and weights to points (N, 3) of the mesh's space; masked samples count with
    the face's own interpolated normal, and fans that have nothing but masked samples keep their corners' own.

    Raises NeuralShapesError when the mesh is inside out.
    """
    per_triangle = SAMPLES // max(len(target.triangles), 1)
    barycentric = triangle_samples(min(max(per_triangle, FEWEST_SAMPLES), MOST_SAMPLES))
    points = np.einsum("sk,tkx->tsx", barycentric, target.positions[target.triangles])
    mapped = map_points(points.reshape(-1, 3))
    own = normalized(np.einsum("sk,tkx->tsx", barycentric, target.normals[target.triangles])).reshape(-1, 3)
    check_orientation(agreement(own, mapped.normals, mapped.weights))
    wanted = blended_normals(own, mapped.normals, mapped.weights).reshape(points.shape)

    fans = target.fans[target.triangles]
    fan_count = int(target.fans.max()) + 1
    own_of_fans = normalized(_sum_by_fan(target.fans, target.normals, fan_count))
    areas = _areas(target.positions[target.triangles])
    fitted = _least_squares(barycentric, areas, wanted, fans, own_of_fans)

    reached = mapped.weights.reshape(points.shape[:2]).max(axis=1) > 0
    fan_reached = np.bincount(fans[reached].ravel(), minlength=fan_count) > 0
    weights = fan_reached[target.fans].astype(np.float32)
    return blended_normals(target.normals, fitted[target.fans], weights), mapped.masked_share


def triangle_samples(count: int) -> np.ndarray:
    """Barycentric coordinates (count, 3), evenly spread over a triangle.

    The golden-ratio sequence in the plane (R2, Roberts 2018), folded at the diagonal of the unit square.
    """
    plastic_number = 1.32471795724474602596
    steps = np.array([1 / plastic_number, 1 / plastic_number**2])
    square = (0.5 + np.arange(1, count + 1)[:, None] * steps) % 1
    folded = np.where(square.sum(axis=1, keepdims=True) > 1, 1 - square, square)
    return np.column_stack([1 - folded.sum(axis=1), folded])


def _areas(corners: np.ndarray) -> np.ndarray:
    a, b, c = np.moveaxis(corners.astype(np.float64), 1, 0)
    return 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1)


def _sum_by_fan(fans: np.ndarray, vectors: np.ndarray, count: int) -> np.ndarray:
    """Sums (count, 3) of the vectors (..., 3) that belong to each fan."""
    fans, vectors = fans.ravel(), vectors.reshape(-1, 3)
    return np.stack([np.bincount(fans, vectors[:, axis], count) for axis in range(3)], axis=1)


def _least_squares(
    barycentric: np.ndarray, areas: np.ndarray, wanted: np.ndarray, fans: np.ndarray, start: np.ndarray
) -> np.ndarray:
    """Fan normals (K, 3) whose interpolation is closest to ``wanted`` (T, S, 3), weighted by area.

    Solves the normal equations by conjugate gradients with the diagonal as preconditioner.
    """
    count = len(start)
    mass = barycentric.T @ barycentric / len(barycentric)
    diagonal = np.stack([np.bincount(fans[:, k], areas * mass[k, k], count) for k in range(3)]).sum(axis=0)
    ridge = RELATIVE_REGULARISATION * diagonal.mean() + np.finfo(np.float64).tiny
    inverse_diagonal = 1 / (diagonal + ridge)[:, None]

    def apply(normals: np.ndarray) -> np.ndarray:
        products = areas[:, None, None] * np.einsum("jk,tkx->tjx", mass, normals[fans])
        return _sum_by_fan(fans, products, count) + ridge * normals

    moments = areas[:, None, None] * np.einsum("sk,tsx->tkx", barycentric, wanted) / len(barycentric)
    solution = start.astype(np.float64)
    residual = _sum_by_fan(fans, moments, count) + ridge * solution - apply(solution)
    direction = scaled = inverse_diagonal * residual
    energy = (residual * scaled).sum(axis=0)
    for _ in range(CONJUGATE_GRADIENT_STEPS):
        applied = apply(direction)
        step = energy / np.maximum((direction * applied).sum(axis=0), np.finfo(np.float64).tiny)
        solution = solution + step * direction
        residual = residual - step * applied
        scaled = inverse_diagonal * residual
        previous, energy = energy, (residual * scaled).sum(axis=0)
        direction = scaled + energy / np.maximum(previous, np.finfo(np.float64).tiny) * direction
    return normalized(solution)
