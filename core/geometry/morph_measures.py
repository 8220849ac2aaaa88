"""How good a morph is: judged at many times by its surfaces, since a low loss can hide an empty frame."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ..fields.field import Field
from ..fields.level_set import level_set_residual
from ..fields.nested import NestedField
from ..fields.space_time import SpaceTimeField
from ..meshing.isosurface import DEFAULT_RESOLUTION, NoSurfaceError, extract_isosurface
from .distance import SignedDistance
from .mesh import TriangleMesh
from .morph_limits import LARGEST_DRIFT, LARGEST_JUMP
from .pieces import component_count
from .sampling import sample_surface
from .surface_errors import SAMPLES_PER_SIDE
from .volume import jittered_volume, solid_volume

# 21 times and those half-way between them: morphs are judged at trained and untrained times.
TIMES = np.linspace(0, 1, 41)
# Cells an axis of the volume's count, and of the surfaces between the ends.
VOLUME_CELLS = 128
SURFACE_RESOLUTION = 96
# Relative to its volume the count of a small solid is noisy: below this volume several counts are averaged.
NOISY_VOLUME, MOST_COUNTS = 0.3, 8
SURFACE_SAMPLES = 2000
# Points near a surface are displaced by this deviation, in domain units, to measure slopes there.
NEAR_DEVIATION = 0.02
SEED = 0
# Steps below a cell of the measured surfaces are noise of a shape that hardly moves.
SMALLEST_JUMP = 2 / SURFACE_RESOLUTION

# A field in space as the caller evaluates it, such as by torch.
Evaluated = Callable[[NestedField], Field]


@dataclass(frozen=True)
class MorphMeasures:
    """``figures`` of the whole and ``over_time``, lengths in domain units and time from 0 to 1.

    Over time, by name: ``time``; ``volume``; ``drift``, the volume over the first one, less one;
    ``components``; ``step``, the Hausdorff distance to the surface at the time before, which is 0 at first;
    ``normal_speed``, the mean of |f_t| / |grad f| on the surface; ``level_set_residual``, the mean of
    |f_t + V . grad f| / |grad f|; ``eikonal``, the mean of | |grad f| - 1 | near the surface. What there is
    no surface or no flow for is not a number.

    Figures: ``volume``, the first one; ``drift``, the largest |drift|; ``residual_share``, the mean residual
    over the mean normal speed; ``eikonal_mean``; ``lipschitz``, the steepest slope near the surface;
    ``components``, the largest number; ``jump``, the largest step over the mean one.
    At key i with a mesh, ``chamfer_to_key_i`` and ``chamfer_from_key_i`` are the mean distances from the
    field's surface to the mesh and back, and ``volume_error_at_key_i`` the relative error of the volume.
    ``failed`` is a sentence for a morph that vanishes, breaks up, jumps or drifts, and empty for a good one.
    Where the first volume is counted as 0 there is no drift.
    """

    figures: dict[str, float | int | str]
    over_time: dict[str, tuple[float, ...]]


class _Moment(NamedTuple):
    """The measures at one time, and the surface."""

    volume: float
    components: float
    normal_speed: float
    residual: float
    eikonal: float
    lipschitz: float
    surface: TriangleMesh | None


def measure_morph(
    field: SpaceTimeField,
    ends: tuple[SignedDistance, ...] = (),
    *,
    keeps_volume: bool = True,
    evaluated: Evaluated = lambda at_time: at_time,
    times: np.ndarray = TIMES,
    progress: Callable[[float], None] | None = None,
) -> MorphMeasures:
    """Measures a morph over time; ``ends`` are the keys' placed solids, one for each, or none.

    ``progress`` is told the share done before each moment and now and then within it, and may raise to stop.
    Raises SurfaceMemoryError when there is not enough memory for a surface.
    """
    generator = np.random.default_rng(SEED)
    moments = []

    def tell(done: int) -> None:
        if progress is not None:
            progress(done / (len(times) + len(ends)))

    for index, time in enumerate(times):
        tell(index)
        moments.append(_moment(field, float(time), evaluated, generator, lambda _, done=index: tell(done)))
    over_time = _over_time(times, moments)
    figures = _figures(over_time, moments)
    for index, end in enumerate(ends):
        tell(len(times) + index)
        figures |= _end_figures(evaluated(field.at_time(field.times[index])), index, end, generator)
    pieces = max((component_count(end.mesh) for end in ends), default=1)
    figures["failed"] = _failure(over_time, figures, keeps_volume, pieces)
    return MorphMeasures(figures, over_time)


def _moment(
    field: SpaceTimeField,
    time: float,
    evaluated: Evaluated,
    generator: np.random.Generator,
    progress: Callable[[float], None],
) -> _Moment:
    still = evaluated(field.at_time(time))
    volume = _volume(still, generator)
    try:
        surface = extract_isosurface(still, SURFACE_RESOLUTION, progress=progress).mesh
        if component_count(surface) > 1:
            # A coarse lattice tears thin parts apart that are whole.
            surface = extract_isosurface(still, DEFAULT_RESOLUTION, progress=progress).mesh
    except NoSurfaceError:
        return _Moment(volume, 0, np.nan, np.nan, np.nan, np.nan, None)
    points = sample_surface(surface, SURFACE_SAMPLES, generator).points
    gradients = field.value_and_gradient(_at(points, time))[1]
    lengths = np.linalg.norm(gradients[:, :3], axis=1)
    velocity = field.velocity(points, time)
    residual = np.nan
    if velocity is not None:
        residual = float((np.abs(level_set_residual(gradients, velocity)) / lengths).mean())
    near = points + generator.normal(scale=NEAR_DEVIATION, size=points.shape).astype(np.float32)
    slopes = np.linalg.norm(still.value_and_gradient(near)[1], axis=1)
    return _Moment(
        volume,
        component_count(surface),
        float((np.abs(gradients[:, 3]) / lengths).mean()),
        residual,
        float(np.abs(slopes - 1).mean()),
        float(slopes.max()),
        surface,
    )


def _volume(still: Field, generator: np.random.Generator) -> float:
    """The mean of as many counts as the first one's noise asks for."""
    counts = [jittered_volume(still, VOLUME_CELLS, generator)]
    if counts[0] > 0:
        repetitions = min(MOST_COUNTS, round(NOISY_VOLUME / counts[0])) - 1
        counts += [jittered_volume(still, VOLUME_CELLS, generator) for _ in range(repetitions)]
    return float(np.mean(counts))


def _over_time(times: np.ndarray, moments: list[_Moment]) -> dict[str, tuple[float, ...]]:
    volumes = np.array([moment.volume for moment in moments])
    columns = {
        "time": times,
        "volume": volumes,
        "drift": volumes / volumes[0] - 1 if volumes[0] > 0 else np.full(len(volumes), np.nan),
        "components": [moment.components for moment in moments],
        "step": _steps([moment.surface for moment in moments]),
        "normal_speed": [moment.normal_speed for moment in moments],
        "level_set_residual": [moment.residual for moment in moments],
        "eikonal": [moment.eikonal for moment in moments],
    }
    return {name: tuple(float(value) for value in column) for name, column in columns.items()}


def _steps(surfaces: list[TriangleMesh | None]) -> list[float]:
    """Hausdorff distances of each surface's vertices to the surface before it, both ways."""
    distances = [None if surface is None else SignedDistance(surface) for surface in surfaces]
    steps = [0.0]
    for before, after in pairwise(distances):
        if before is None or after is None:
            steps.append(np.nan)
            continue
        pairs = ((before, after), (after, before))
        steps.append(max(to.closest_points(of.mesh.vertices).distances.max() for of, to in pairs))
    return steps


def _figures(over_time: dict[str, tuple[float, ...]], moments: list[_Moment]) -> dict[str, float | int | str]:
    """The figures of the whole that exist; means over the times that have a surface."""

    def mean(name: str) -> float:
        values = np.array(over_time[name])
        return float(values[~np.isnan(values)].mean()) if not np.isnan(values).all() else np.nan

    steps = np.array(over_time["step"][1:])
    figures = {
        "volume": over_time["volume"][0],
        "drift": float(np.abs(over_time["drift"]).max()),
        "residual_share": mean("level_set_residual") / mean("normal_speed")
        if mean("normal_speed")
        else np.nan,
        "eikonal_mean": mean("eikonal"),
        "lipschitz": float(np.max([moment.lipschitz for moment in moments])),
        "components": int(max(over_time["components"])),
        "jump": float(steps.max() / steps.mean()) if steps.any() else 0.0,
    }
    return {name: value for name, value in figures.items() if np.isfinite(value)}


def _end_figures(
    still: Field, index: int, end: SignedDistance, generator: np.random.Generator
) -> dict[str, float]:
    try:
        surface = extract_isosurface(still, DEFAULT_RESOLUTION).mesh
    except NoSurfaceError:
        return {}
    own, mesh = (sample_surface(m, SAMPLES_PER_SIDE, generator).points for m in (surface, end.mesh))
    return {
        f"chamfer_to_key_{index}": float(end.closest_points(own).distances.mean()),
        f"chamfer_from_key_{index}": float(SignedDistance(surface).closest_points(mesh).distances.mean()),
        f"volume_error_at_key_{index}": surface.volume / solid_volume(end) - 1,
    }


def _failure(over_time: dict[str, tuple[float, ...]], figures: dict, keeps_volume: bool, pieces: int) -> str:
    """What is wrong with the morph first of all, in a sentence."""
    components, times = np.array(over_time["components"]), np.array(over_time["time"])
    if (components == 0).any():
        return f"The shape vanishes at time {times[np.argmin(components)]:.2f}; train for longer."
    if components.max() > pieces:
        worst = np.argmax(components)
        return (
            f"The shape breaks up into {components[worst]:.0f} pieces at time {times[worst]:.2f}; train for"
            " longer, or add a key between."
        )
    worst = np.nanargmax(over_time["step"])
    if figures.get("jump", 0.0) > LARGEST_JUMP and over_time["step"][worst] > SMALLEST_JUMP:
        return f"The shape jumps at time {times[worst]:.2f}; train for longer, or add a key between."
    if keeps_volume and "drift" not in figures:
        return f"The shape has no volume to keep at time {times[0]:.2f}; train for longer."
    if keeps_volume and figures["drift"] > LARGEST_DRIFT:
        return f"The volume drifts by {figures['drift']:.0%}; train for longer, or add a key between."
    return ""


def _at(points: np.ndarray, time: float) -> np.ndarray:
    return np.concatenate([points, np.full((len(points), 1), time, dtype=np.float32)], axis=1)
