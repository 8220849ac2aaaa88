"""Fits the neural shapes of the viewport's tests; run it where torch is installed.

They are a torus with shallow waves as a base with a residual and as two independent levels, and a torus that
swells with time. The files are committed, since the viewport's tests run where there is no torch.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from neural_shapes.core.fields.analytic import Torus
from neural_shapes.core.fields.nested import Level, NestedField, ResidualBand
from neural_shapes.core.fields.siren import Siren
from neural_shapes.core.geometry.placement import Placement
from neural_shapes.core.neural_shape import NeuralShape
from neural_shapes.core.shape_file import save

SHAPES = Path(__file__).parent / "shapes"
STEPS, BATCH, SAMPLES = 4000, 2048, 300_000
RESIDUAL_SCALE = 0.01
BAND = ResidualBand(RESIDUAL_SCALE, 0.03, 0.06)
# Of the base's band and of the finest level, well above the largest differences that fitting leaves.
COARSE_THRESHOLD, FINE_THRESHOLD = 0.025, 1e-3

Function = Callable[[np.ndarray], np.ndarray]


def wavy_torus(points: np.ndarray) -> np.ndarray:
    """Nearly the distance to a torus with waves."""
    waves = np.sin(10 * points[:, 0]) * np.sin(10 * points[:, 1]) * np.sin(10 * points[:, 2])
    return Torus(0.55, 0.25).value(points) + 0.01 * waves.astype(np.float32)


def swelling_torus(points: np.ndarray) -> np.ndarray:
    """The distance to a torus whose tube swells by 0.1 from time 0 to time 1."""
    return Torus(0.5, 0.2).value(points[:, :3]) - 0.1 * points[:, 3]


def fit(
    target: Function, where: Function, reach: float, width: int, depth: int, omega: float, dimension: int
) -> Siren:
    """A (width, depth) network fitted to ``target`` where |where| <= reach."""
    random = np.random.default_rng(0)
    torch.manual_seed(0)
    sizes = [dimension] + [width] * (depth + 1) + [1]
    bounds = [1 / dimension] + [np.sqrt(6 / width) / omega] * (depth + 1)
    weights = [
        torch.empty(sizes[i + 1], sizes[i]).uniform_(-b, b).requires_grad_() for i, b in enumerate(bounds)
    ]
    biases = [torch.empty(size).uniform_(-0.1, 0.1).requires_grad_() for size in sizes[1:]]
    points = random.uniform(-1.02, 1.02, (SAMPLES, dimension)).astype(np.float32)
    if dimension == 4:
        points[:, 3] = points[:, 3] / 2 + 0.5
    points = points[np.abs(where(points)) <= reach]
    values = torch.from_numpy(target(points).astype(np.float32))
    points = torch.from_numpy(points)
    optimizer = torch.optim.Adam(weights + biases, lr=3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    for _ in range(STEPS):
        batch = torch.randint(len(points), (BATCH,))
        activation = points[batch]
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            activation = torch.sin(omega * (activation @ weight.T + bias))
        loss = ((activation @ weights[-1].T + biases[-1])[:, 0] - values[batch]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    arrays = [[array.detach().numpy().copy() for array in group] for group in (weights, biases)]
    return Siren(tuple(arrays[0]), tuple(arrays[1]), omega, omega)


def with_residual(target: Function, base: Siren, dimension: int) -> NestedField:
    """The base, and a (48,1) residual fitted in its band."""
    residual = fit(
        lambda points: (target(points) - base.value(points)) / RESIDUAL_SCALE,
        base.value, BAND.outer, 48, 1, 12.0, dimension,
    )  # fmt: skip
    return NestedField((Level(base, COARSE_THRESHOLD), Level(residual, FINE_THRESHOLD, BAND)))


def write(name: str, field: NestedField, target: Function) -> None:
    """Save a field, and print how far its levels are from what they were fitted to."""
    points = np.random.default_rng(1).uniform(-1, 1, (50_000, field.dimension)).astype(np.float32)
    points[:, 3:] = points[:, 3:] / 2 + 0.5
    distance = target(points)
    near = np.abs(distance) < COARSE_THRESHOLD
    worst = [float(np.abs(field.level(i).value(points[near]) - distance[near]).max()) for i in (0, 1)]
    slope = np.linalg.norm(field.value_and_gradient(points)[1][:, :3], axis=1).max()
    size = save(
        NeuralShape(field, Placement(), measures={"lipschitz": float(slope)}), SHAPES / f"{name}.safetensors"
    )
    print(f"{name}: off by {worst[0]:.4f}, {worst[1]:.4f} in the band, slope {slope:.2f}, {size} bytes")


def main() -> None:
    """Fit and save all three."""
    base = fit(wavy_torus, wavy_torus, np.inf, 32, 1, 10.0, 3)
    write("residual", with_residual(wavy_torus, base, 3), wavy_torus)
    fine = fit(wavy_torus, wavy_torus, np.inf, 64, 1, 12.0, 3)
    write(
        "independent", NestedField((Level(base, COARSE_THRESHOLD), Level(fine, FINE_THRESHOLD))), wavy_torus
    )
    base = fit(swelling_torus, swelling_torus, np.inf, 32, 1, 8.0, 4)
    write("space_time", with_residual(swelling_torus, base, 4), swelling_torus)


if __name__ == "__main__":
    main()
