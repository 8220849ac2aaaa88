"""Labels of a space-time field from a flow, exact in value and gradient, for the price of one advection.

The label is f(x, t) = (1 - t) g0(phi(x; t -> 0)) + t g1(phi(x; t -> 1)): the first shape's distance carried
along by the flow phi, blended with the second's carried back. Along a trajectory both distances stay what
they are, so one trajectory labels every time that it passes. With its deformation gradient F the gradient is
F^-T ((1 - t) grad g0 + t F(1)^T grad g1), and f_t = g1 - g0 - V . grad f follows from the level-set equation.
Near its zero set the label is divided by its gradient's length, which makes it a distance to first order;
farther away it is the distance to the carried surface's points, with the label's sign.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from scipy.spatial import cKDTree

from ..fields.flow import DivergenceFreeFlow, Station
from ..geometry.distance import SignedDistance
from ..geometry.sampling import BEYOND_DOMAIN, sample_domain, sample_near_surface, sample_surface
from .recipes import UNIFORM
from .samples import LabelledPoints, SurfacePoints, TrainingSamples

# Particles of each kind in one sweep, half of those near surfaces from either end.
SURFACE_PARTICLES = 16_000
NEAR_PARTICLES = 6_000
DOMAIN_PARTICLES = 8_000
# Stations of a sweep between its ends; every sweep has its own times.
STATIONS = 22
# Particles that fill the domain start in a larger cube, since the flow carries some in and out of it.
BEYOND_START = 0.3
# Up to here labels are the blended distances, beyond it distances to points (lead trials: 0.02 to 0.05).
REACH_OF_BLEND = 0.025
# A surface point is trusted when one Newton step of at most this length leads to it.
LONGEST_PROJECTION = 0.05
# Where the two carried distances disagree on the direction, their blend has next to no gradient.
SHORTEST_GRADIENT = 0.2
# Below this distance from a mesh the direction to its closest point is rounding error, and its normal is not.
SMALLEST_DISTANCE = 1e-5


class _EndLabels(NamedTuple):
    """Exact distances (N,) and their unit gradients (N, 3) at one end of the trajectories."""

    distances: np.ndarray
    gradients: np.ndarray


class _Blend(NamedTuple):
    """Labels before their normalisation at one station: values (N,), gradients (N, 3), f_t (N,)."""

    values: np.ndarray
    gradients: np.ndarray
    rates: np.ndarray


def carried_samples(
    first: SignedDistance,
    second: SignedDistance,
    flow: DivergenceFreeFlow,
    deviations: tuple[float, ...],
    generator: np.random.Generator,
    device: torch.device,
    sweeps: int,
    weight_of_ends: int,
    progress: Callable[[float], None],
) -> TrainingSamples:
    """Samples (x, t) of the morph, with distances, and on its surface with gradients (f_x, f_t) as normals.

    ``deviations`` are the kinds of points near the surface, by the Gaussian that displaced them. Samples of
    both ends are there ``weight_of_ends`` times. ``progress`` is told the share done after every sweep, and
    may raise to stop.
    """
    surface: list[tuple[np.ndarray, np.ndarray]] = []
    labelled: dict[float, list[tuple[np.ndarray, np.ndarray]]] = {kind: [] for kind in (*deviations, UNIFORM)}
    for sweep in range(sweeps):
        between = (np.arange(STATIONS) + (sweep + generator.random()) / sweeps) / STATIONS
        times = np.concatenate([[0.0], between[between > 0], [1.0]])
        _sweep(first, second, flow, times, weight_of_ends, generator, surface, labelled)
        progress((sweep + 1) / sweeps)
    points, normals = (np.concatenate(column) for column in zip(*surface, strict=True))
    return TrainingSamples(
        SurfacePoints(_tensor(points, device), _tensor(normals, device)),
        {
            kind: LabelledPoints(*(_tensor(np.concatenate(c), device) for c in zip(*rows, strict=True)))
            for kind, rows in labelled.items()
        },
    )


def _sweep(
    first: SignedDistance,
    second: SignedDistance,
    flow: DivergenceFreeFlow,
    times: np.ndarray,
    weight_of_ends: int,
    generator: np.random.Generator,
    surface: list[tuple[np.ndarray, np.ndarray]],
    labelled: dict[float, list[tuple[np.ndarray, np.ndarray]]],
) -> None:
    """Advect one generation of particles and append their samples."""
    starts = {"surface": _near_both(first, second, flow, 0.0, SURFACE_PARTICLES, generator)}
    for kind in labelled:
        starts[kind] = (
            sample_domain(DOMAIN_PARTICLES, generator, beyond=BEYOND_START)
            if kind == UNIFORM
            else _near_both(first, second, flow, kind, NEAR_PARTICLES, generator)
        )
    bounds = np.cumsum([0, *(len(points) for points in starts.values())])
    rows = {kind: slice(*pair) for kind, pair in zip(starts, pairwise(bounds), strict=True)}
    stations = list(flow.trajectories(np.concatenate(list(starts.values())), times))
    at_start = _end_labels(first, stations[0].points)
    at_end = _end_labels(second, stations[-1].points)
    for station in stations:
        blend = _blend(flow, station, stations[-1].deformation, at_start, at_end)
        points, gradients = _surface_points(station, blend, rows["surface"])
        weight = weight_of_ends if station.time in (0.0, 1.0) else 1
        surface += [(_at(points, station.time), gradients)] * weight
        tree = cKDTree(points[:, :3])
        for kind, found in labelled.items():
            chosen = rows[kind]
            places = station.points[chosen]
            distances = _distances(places, blend.values[chosen], blend.gradients[chosen], station.time, tree)
            inside = (np.abs(places) <= 1 + BEYOND_DOMAIN).all(axis=1)
            found += [(_at(places[inside], station.time), distances[inside])] * weight


def _near_both(
    first: SignedDistance,
    second: SignedDistance,
    flow: DivergenceFreeFlow,
    deviation: float,
    count: int,
    generator: np.random.Generator,
) -> np.ndarray:
    """Where points near the first surface at time 0, and near the second at time 1, are at time 0."""

    def near(end: SignedDistance) -> np.ndarray:
        if deviation == 0:
            return sample_surface(end.mesh, count // 2, generator).points
        return sample_near_surface(end.mesh, count // 2, {deviation: 1.0}, generator)

    return np.concatenate([near(first), flow.transport(near(second), 1.0, 0.0)])


def _end_labels(end: SignedDistance, points: np.ndarray) -> _EndLabels:
    closest = end.closest_points(points)
    signs = np.where(end.is_inside(points), -1.0, 1.0)
    offsets = signs[:, None] * (points - closest.points)
    away = closest.distances > SMALLEST_DISTANCE
    gradients = end.mesh.face_normals[closest.faces]
    gradients[away] = offsets[away] / closest.distances[away, None]
    return _EndLabels((signs * closest.distances).astype(np.float32), gradients.astype(np.float32))


def _blend(
    flow: DivergenceFreeFlow,
    station: Station,
    deformation_at_end: np.ndarray,
    at_start: _EndLabels,
    at_end: _EndLabels,
) -> _Blend:
    share = np.float32(station.time)
    carried = (1 - share) * at_start.gradients
    carried = carried + share * np.einsum("nji,nj->ni", deformation_at_end, at_end.gradients)
    gradients = np.einsum("nji,nj->ni", np.linalg.inv(station.deformation), carried)
    velocity = flow.velocity(station.points, station.time)
    rates = at_end.distances - at_start.distances - np.einsum("ni,ni->n", velocity, gradients)
    return _Blend((1 - share) * at_start.distances + share * at_end.distances, gradients, rates)


def _surface_points(station: Station, blend: _Blend, rows: slice) -> tuple[np.ndarray, np.ndarray]:
    """Points (M, 3) of the zero set, a Newton step away from particles, and the label's gradients (M, 4)."""
    values, gradients = blend.values[rows], blend.gradients[rows]
    lengths = np.linalg.norm(gradients, axis=1)
    trusted = (lengths > SHORTEST_GRADIENT) & (np.abs(values) <= LONGEST_PROJECTION * lengths)
    values, gradients, lengths = values[trusted], gradients[trusted], lengths[trusted, None]
    points = station.points[rows][trusted] - values[:, None] * gradients / lengths**2
    return points, np.concatenate([gradients, blend.rates[rows][trusted, None]], axis=1) / lengths


def _distances(
    points: np.ndarray, values: np.ndarray, gradients: np.ndarray, time: float, surface: cKDTree
) -> np.ndarray:
    """Signed distances (N,) from blended values; at both ends these are exact already."""
    if time in (0.0, 1.0):
        return values
    distances = values / np.maximum(np.linalg.norm(gradients, axis=1), SHORTEST_GRADIENT)
    far = np.abs(distances) > REACH_OF_BLEND
    to_points = surface.query(points[far])[0]
    distances[far] = np.sign(values[far]) * np.maximum(to_points, REACH_OF_BLEND)
    return distances


def _at(points: np.ndarray, time: float) -> np.ndarray:
    """Points (N, 3) with a time as their fourth coordinate."""
    return np.concatenate([points, np.full((len(points), 1), time, dtype=np.float32)], axis=1)


def _tensor(array: np.ndarray, device: torch.device) -> torch.Tensor:
    return torch.as_tensor(array.astype(np.float32), device=device)
