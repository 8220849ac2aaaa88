"""Space-time fields: shapes that change over time, one segment from each key to the next.

At a fixed time a space-time network is a network in space alone: the time column of its first layer becomes a
part of that layer's bias. So every segment gives, at each time, an ordinary nested field in space, and
tracing, meshing and measuring need to know nothing of time.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from .flow import DivergenceFreeFlow
from .nested import Level, NestedField
from .siren import Siren


@dataclass(frozen=True)
class TrainedSegment:
    """A nested field over space and the segment's own time, 0 to 1, and the flow that taught it, if any."""

    field: NestedField
    flow: DivergenceFreeFlow | None = None

    def __post_init__(self) -> None:
        if self.field.dimension != 4:
            raise ValueError("A segment needs a field over space and time.")

    def at_time(self, time: float) -> NestedField:
        """The field in space at the segment's time, 0 to 1."""
        return nested_field_at_time(self.field, time)

    @property
    def parameter_count(self) -> int:
        """Number of weights and biases of all levels."""
        return self.field.parameter_count


@dataclass(frozen=True)
class BlendedSegment:
    """Two static fields blended level by level: f(x, t) = (1 - t) first(x) + t second(x).

    All their levels stand alone, and both have the same widths and depths, so that each blended level is one
    network, whose layers hold both networks' layers side by side. ``thresholds`` are those of the blend.
    """

    first: NestedField
    second: NestedField
    thresholds: tuple[float, ...]

    def __post_init__(self) -> None:
        levels = (*self.first.levels, *self.second.levels)
        if self.first.dimension != 3 or self.second.dimension != 3 or any(level.band for level in levels):
            raise ValueError("Only static fields whose levels stand alone can be blended.")
        pairs = zip(self.first.levels, self.second.levels, strict=True)
        if any(_architecture(one.network) != _architecture(other.network) for one, other in pairs):
            raise ValueError("Only fields with the same networks can be blended.")
        if len(self.thresholds) != len(self.first.levels):
            raise ValueError("A blend needs one threshold for each level.")

    @property
    def parameter_count(self) -> int:
        """Number of weights and biases of both fields."""
        return self.first.parameter_count + self.second.parameter_count

    def at_time(self, time: float) -> NestedField:
        """The field in space at the segment's time, 0 to 1."""
        levels = zip(self.first.levels, self.second.levels, self.thresholds, strict=True)
        return NestedField(
            tuple(
                Level(_blended(first.network, second.network, time), threshold)
                for first, second, threshold in levels
            )
        )


Segment = TrainedSegment | BlendedSegment


@dataclass(frozen=True)
class SpaceTimeField:
    """Segments one after the other, the whole from time 0 to time 1; as a Field it has four coordinates.

    ``times`` are those of the keys: segment i reaches from times[i] to times[i + 1].
    """

    segments: tuple[Segment, ...]
    times: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.segments or len(self.times) != len(self.segments) + 1:
            raise ValueError("A space-time field needs one time for each end of its segments.")
        if (self.times[0], self.times[-1]) != (0.0, 1.0) or any(a >= b for a, b in pairwise(self.times)):
            raise ValueError("The times of a space-time field's keys rise from 0 to 1.")

    @property
    def dimension(self) -> int:
        """Number of coordinates of a point: three and time."""
        return 4

    def locate(self, time: float) -> tuple[int, float]:
        """The segment of a time and the time within it, 0 to 1; times outside are those of the ends."""
        time = min(max(time, 0.0), 1.0)
        index = min(int(np.searchsorted(self.times, time, side="right")) - 1, len(self.segments) - 1)
        start, end = self.times[index], self.times[index + 1]
        return index, (time - start) / (end - start)

    def at_time(self, time: float) -> NestedField:
        """The field in space at a time, 0 to 1 over the whole; times outside are those of the ends."""
        index, within = self.locate(time)
        return self.segments[index].at_time(within)

    def velocity(self, points: np.ndarray, time: float) -> np.ndarray | None:
        """How fast the flow carries points (N, 3) at a time, (N, 3) in domain units per unit of the whole
        time; None where the segment has no flow."""
        index, within = self.locate(time)
        flow = getattr(self.segments[index], "flow", None)
        if flow is None:
            return None
        return flow.velocity(points, within) / np.float32(self.times[index + 1] - self.times[index])

    def value(self, points: np.ndarray) -> np.ndarray:
        """The finest level at points (N, 4): float32 (N,), domain units."""
        return self.value_and_gradient(points)[0]

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The finest level and its gradient over space and the whole time, (N,) and (N, 4)."""
        points = np.asarray(points, dtype=np.float32)
        values = np.empty(len(points), dtype=np.float32)
        gradients = np.empty((len(points), 4), dtype=np.float32)
        bounds = np.float32(self.times[1:-1])
        owners = np.searchsorted(bounds, points[:, 3], side="right")
        for index in np.unique(owners):
            rows = np.flatnonzero(owners == index)
            start, end = self.times[index], self.times[index + 1]
            within = points[rows]
            within[:, 3] = (np.clip(within[:, 3], 0, 1) - start) / (end - start)
            values[rows], gradients[rows] = _in_segment(self.segments[index], within)
            gradients[rows, 3] /= end - start
        return values, gradients


def nested_field_at_time(field: NestedField, time: float) -> NestedField:
    """A nested field over space and time as one over space alone, at a time."""
    return NestedField(
        tuple(replace(level, network=_siren_at_time(level.network, time)) for level in field.levels)
    )


def _in_segment(segment: Segment, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The finest level and its gradient at points (N, 4) of the segment's own time."""
    if isinstance(segment, TrainedSegment):
        return segment.field.value_and_gradient(points)
    first, first_gradient = segment.first.value_and_gradient(points[:, :3])
    second, second_gradient = segment.second.value_and_gradient(points[:, :3])
    share = points[:, 3]
    gradient = (1 - share)[:, None] * first_gradient + share[:, None] * second_gradient
    values = (1 - share) * first + share * second
    return values, np.concatenate([gradient, (second - first)[:, None]], axis=1)


def _siren_at_time(siren: Siren, time: float) -> Siren:
    first, bias = siren.weights[0], siren.biases[0]
    return replace(
        siren,
        weights=(np.ascontiguousarray(first[:, :3]), *siren.weights[1:]),
        biases=(bias + np.float32(time) * first[:, 3], *siren.biases[1:]),
    )


def _architecture(siren: Siren) -> tuple[int, int, float, float]:
    return siren.width, siren.depth, siren.first_omega, siren.hidden_omega


def _blended(first: Siren, second: Siren, share: float) -> Siren:
    """One network that computes (1 - share) first + share second."""
    shares = np.float32(1 - share), np.float32(share)
    hidden = [_block_diagonal(*pair) for pair in zip(first.weights[1:-1], second.weights[1:-1], strict=True)]
    last = [part * network.weights[-1] for part, network in zip(shares, (first, second), strict=True)]
    biases = [np.concatenate(pair) for pair in zip(first.biases[:-1], second.biases[:-1], strict=True)]
    return replace(
        first,
        weights=(np.concatenate([first.weights[0], second.weights[0]]), *hidden, np.hstack(last)),
        biases=(*biases, shares[0] * first.biases[-1] + shares[1] * second.biases[-1]),
    )


def _block_diagonal(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    result = np.zeros(np.add(first.shape, second.shape), dtype=np.float32)
    result[: first.shape[0], : first.shape[1]] = first
    result[first.shape[0] :, first.shape[1] :] = second
    return result
