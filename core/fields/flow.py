"""A flow without divergence: the exact curl of a sum of waves, with its transport and its Jacobian."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

# Points of one batch: the waves of 320 frequencies at so many points fit a core's second-level cache.
BATCH_POINTS = 1024
# Midpoint steps over the unit of time: four times those by which flows are fitted.
TRANSPORT_STEPS = 32


class Station(NamedTuple):
    """Where a trajectory is at a time, and the deformation gradient d x(time) / d x(start), (N, 3, 3)."""

    time: float
    points: np.ndarray
    deformation: np.ndarray


@dataclass(frozen=True)
class DivergenceFreeFlow:
    """V(x, t) = curl of sum_k c_k(t) sin(w_k . x + phi_k) = sum_k (w_k x c_k(t)) cos(w_k . x + phi_k).

    ``frequencies`` w (K, 3) and ``phases`` phi (K,) are fixed; c_k(t) = sum_j coefficients[j, k] cos(pi j t)
    with ``coefficients`` (T, K, 3). All float32; space in domain units, time from 0 to 1. A curl has no
    divergence, so the flow keeps the volume of everything that it carries, and it can be followed back.
    """

    frequencies: np.ndarray
    phases: np.ndarray
    coefficients: np.ndarray

    def __post_init__(self) -> None:
        count = len(self.frequencies)
        if self.frequencies.shape != (count, 3) or self.phases.shape != (count,):
            raise ValueError("A flow needs one frequency of three numbers and one phase for each wave.")
        if self.coefficients.ndim != 3 or self.coefficients.shape[1:] != (count, 3):
            raise ValueError("A flow needs coefficients of three numbers for each cosine and wave.")

    def velocity(self, points: np.ndarray, time: float) -> np.ndarray:
        """V at points (N, 3) and one time: float32 (N, 3), domain units per unit of time."""
        points = np.asarray(points, dtype=np.float32)
        amplitudes = self._amplitudes(time)
        result = np.empty_like(points)
        for batch in _batches(len(points)):
            result[batch] = np.cos(self._waves(points[batch])) @ amplitudes
        return result

    def velocity_and_jacobian(self, points: np.ndarray, time: float) -> tuple[np.ndarray, np.ndarray]:
        """V (N, 3) and its Jacobian (N, 3, 3), entry [n, i, j] = dV_i / dx_j, at points and one time."""
        points = np.asarray(points, dtype=np.float32)
        amplitudes = self._amplitudes(time)
        products = (amplitudes[:, :, None] * self.frequencies[:, None, :]).reshape(-1, 9)
        velocity = np.empty_like(points)
        jacobian = np.empty((len(points), 9), dtype=np.float32)
        for batch in _batches(len(points)):
            waves = self._waves(points[batch])
            velocity[batch] = np.cos(waves) @ amplitudes
            jacobian[batch] = -np.sin(waves) @ products
        return velocity, jacobian.reshape(-1, 3, 3)

    def transport(self, points: np.ndarray, start: float, end: float) -> np.ndarray:
        """Where points (N, 3) of the time ``start`` are at the time ``end``, which may be the earlier one."""
        points = np.asarray(points, dtype=np.float32)
        steps = max(1, round(TRANSPORT_STEPS * abs(end - start)))
        step = (end - start) / steps
        for index in range(steps):
            time = start + index * step
            middle = points + np.float32(step / 2) * self.velocity(points, time)
            points = points + np.float32(step) * self.velocity(middle, time + step / 2)
        return points

    def trajectories(self, points: np.ndarray, times: np.ndarray) -> Iterator[Station]:
        """The stations of points (N, 3) that start at times[0], at that and all later times, in order.

        One midpoint step from station to station; the deformation gradient F obeys dF/dt = (grad V) F.
        """
        points = np.asarray(points, dtype=np.float32)
        deformation = np.broadcast_to(np.eye(3, dtype=np.float32), (len(points), 3, 3))
        yield Station(float(times[0]), points, deformation)
        for time, following in pairwise(times):
            step = np.float32(following - time)
            velocity, jacobian = self.velocity_and_jacobian(points, time)
            middle, halfway = points + step / 2 * velocity, deformation + step / 2 * (jacobian @ deformation)
            velocity, jacobian = self.velocity_and_jacobian(middle, float(time + step / 2))
            points, deformation = points + step * velocity, deformation + step * (jacobian @ halfway)
            yield Station(float(following), points, deformation)

    def _amplitudes(self, time: float) -> np.ndarray:
        """w_k x c_k at a time, (K, 3)."""
        cosines = np.cos(np.pi * np.arange(len(self.coefficients)) * time).astype(np.float32)
        return np.cross(self.frequencies, np.tensordot(cosines, self.coefficients, axes=1))

    def _waves(self, points: np.ndarray) -> np.ndarray:
        return points @ self.frequencies.T + self.phases


def _batches(count: int) -> Iterator[slice]:
    for start in range(0, count, BATCH_POINTS):
        yield slice(start, start + BATCH_POINTS)
