"""Training a morph: meshes in object space become one neural shape over time, segment by segment."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch

from ..errors import Cancelled, NeuralShapesError
from ..fields.nested import NestedField
from ..fields.space_time import BlendedSegment, Segment, SpaceTimeField
from ..geometry.mesh import TriangleMesh
from ..geometry.morph_measures import measure_morph
from ..neural_shape import NeuralShape, Provenance
from .blend_training import trained_alone
from .devices import torch_device
from .flow_fitting import seconds_of_flow_step
from .level_set_training import LevelSetTraining
from .level_training import seconds_of_step
from .morph_keys import PlacedKey, placed_keys
from .morph_recipes import MODES, PLACEMENTS, LevelSetRecipe, VolumeRecipe
from .progress import Progress, Reporter
from .recipes import Recipe, Samples
from .schedule import PLANNED_SHARE, clock
from .space_time_nesting import thresholds_over_time
from .space_time_training import VolumeTraining
from .torch_field import TorchField
from .train import limited_threads

# Modes whose ends are scaled to one volume, since what they do keeps it.
KEEPING_VOLUME = ("volume", "joint")
# Seconds of one core for what is planned for but not timed beforehand (measured).
SECONDS_OF_A_DISTANCE = 1e-5
SECONDS_OF_A_SWEEP = 4.5
# Of one segment, whatever the recipe: volumes are counted and thresholds measured.
SECONDS_OF_CONTROL = 10.0
SECONDS_OF_MEASURING = 60.0
# The least share of a recipe that is worth a start, whatever the cap.
SMALLEST_SHARE = 0.01
# Distances that a level-set training asks for: labels of both ends and points between.
LEVEL_SET_DISTANCES = 1_000_000


def train_morph(
    meshes: Sequence[TriangleMesh],
    mode: str = "volume",
    *,
    placement: str = "fit",
    sources: Sequence[str] | None = None,
    seed: int = 0,
    device: str = "auto",
    threads: int | None = None,
    seconds: float | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    start: NeuralShape | None = None,
) -> NeuralShape:
    """A neural shape over time that passes through meshes given in object space, at equal distances in time.

    ``mode`` is one of ``morph_recipes.MODES`` and ``placement`` one of ``PLACEMENTS`` there. ``seconds``
    caps the training of all segments, the end shapes' distances included (process CPU seconds on a CPU,
    wall time on a GPU; measuring comes on top). ``sources`` are the meshes' names. Segments of an earlier
    morph ``start`` whose keys and mode are the same are kept as they are, so that one can be trained anew
    alone. A morph cancelled within a segment ends with that segment as it is, unmeasured.

    Raises NeuralShapesError when the meshes cannot be morphed or the device is missing, and Cancelled before
    there is anything to show.
    """
    if mode not in MODES or placement not in PLACEMENTS:
        raise NeuralShapesError(
            f"A morph's mode is one of {', '.join(MODES)}, and its placement one of {', '.join(PLACEMENTS)}."
        )
    if seconds is not None and not seconds > 0:
        raise NeuralShapesError("The time for training must be more than 0 seconds.")
    target = torch_device(device)
    sources = list(sources or [f"mesh {index + 1}" for index in range(len(meshes))])
    with limited_threads(threads) as used_threads:
        keys, whole = placed_keys(meshes, sources, placement, equal_volumes=mode in KEEPING_VOLUME)
        provenance = Provenance(
            source=" → ".join(sources), recipe=mode, seed=seed, threads=used_threads, device=target.type
        )
        training = _MorphTraining(keys, mode, provenance, target)
        shape = training.run(seconds, progress, cancelled, start)
        return replace(shape, placement=whole)


class _MorphTraining:
    """One call of ``train_morph``: the segments as they come to be."""

    def __init__(
        self, keys: list[PlacedKey], mode: str, provenance: Provenance, device: torch.device
    ) -> None:
        self._keys, self._mode, self._device = keys, mode, device
        self._provenance = provenance
        self._numpy_generator = np.random.default_rng(provenance.seed)
        self._generator = torch.Generator().manual_seed(provenance.seed)
        self._segments: list[Segment] = []
        self._training: VolumeTraining | LevelSetTraining | None = None
        # Share and loss of the step before, once there is one.
        self._latest_training: tuple[float, float] | None = None
        # Static fields of the keys of a blend, by the key's place.
        self._alone: dict[int, NestedField] = {}

    def run(
        self,
        seconds: float | None,
        progress: Callable[[Progress], None] | None,
        cancelled: Callable[[], bool] | None,
        start: NeuralShape | None,
    ) -> NeuralShape:
        """Train what is not kept from ``start``, and measure; the placement is the caller's to set."""
        now = clock(self._device)
        started = now()
        kept = [_kept_segment(start, pair, self._mode) for pair in self._pairs()]
        for index, segment in enumerate(kept):
            if isinstance(segment, BlendedSegment):
                # What is trained beside a kept segment goes on with its networks.
                self._alone |= {index: segment.first, index + 1: segment.second}
        to_train = sum(segment is None for segment in kept)
        recipe, expected = self._plan(seconds, max(1, to_train))
        self._provenance = replace(self._provenance, planned_steps=to_train * _steps(recipe))
        self._reporter = Reporter(
            {phase: to_train * duration for phase, duration in expected.items()}
            | {"measuring": SECONDS_OF_MEASURING},
            progress,
            cancelled,
            self._shape,
        )
        trained, is_cancelled = 0, False
        for index, segment in enumerate(kept):
            if segment is None:
                segment, is_cancelled = self._trained_segment(index, recipe, (trained, to_train))
                trained += 1
            self._segments.append(segment)
            if is_cancelled:
                break
        self._training = None
        self._provenance = replace(self._provenance, seconds={"training": now() - started})
        return self._shape() if is_cancelled else self._measured(now)

    def _pairs(self) -> list[tuple[PlacedKey, PlacedKey]]:
        return list(zip(self._keys[:-1], self._keys[1:], strict=True))

    def _plan(
        self, seconds: float | None, segments: int
    ) -> tuple[Recipe | LevelSetRecipe | VolumeRecipe, dict[str, float]]:
        """The recipe of each segment, scaled to fit the cap, and the expected seconds of its phases."""
        recipe = MODES[self._mode]
        expected = _expected_seconds(recipe, self._device)
        if seconds is None:
            return recipe, expected
        available = PLANNED_SHARE * seconds / segments - SECONDS_OF_CONTROL
        share = min(1.0, max(SMALLEST_SHARE, available / sum(expected.values())))
        if isinstance(recipe, Recipe):
            levels = (replace(level, steps=max(1, round(level.steps * share))) for level in recipe.levels)
            recipe = replace(recipe, levels=tuple(levels))
        else:
            recipe = recipe.scaled(share)
        return recipe, {phase: share * duration for phase, duration in expected.items()}

    def _trained_segment(
        self, index: int, recipe: Recipe | LevelSetRecipe | VolumeRecipe, place: tuple[int, int]
    ) -> tuple[Segment, bool]:
        """A segment with its thresholds, and whether it was cancelled."""
        if isinstance(recipe, Recipe):
            return self._with_thresholds(self._blended_segment(index, recipe, place)), False
        first, second = self._pairs()[index]
        common = (recipe, self._numpy_generator, self._generator, self._device)
        if isinstance(recipe, VolumeRecipe):
            volume = min(key.key.volume for key in self._keys)
            self._training = VolumeTraining(first.solid, second.solid, volume, *common)
        else:
            self._training = LevelSetTraining(first.solid, second.solid, *common)
        is_cancelled = False
        try:
            self._training.run(lambda *report: self._report(place, *report))
        except Cancelled:
            if self._training.segment() is None:
                raise
            is_cancelled = True
        return self._with_thresholds(self._training.segment()), is_cancelled

    def _blended_segment(self, index: int, recipe: Recipe, place: tuple[int, int]) -> BlendedSegment:
        for key in (index, index + 1):
            if key not in self._alone:
                self._alone[key] = trained_alone(
                    self._keys[key].solid,
                    recipe,
                    self._numpy_generator,
                    self._generator,
                    self._device,
                    lambda *report: self._report(place, *report),
                )
        first, second = self._alone[index], self._alone[index + 1]
        return BlendedSegment(first, second, first.thresholds)

    def _with_thresholds(self, segment: Segment) -> Segment:
        thresholds = thresholds_over_time(segment.at_time, self._device, self._numpy_generator)
        if isinstance(segment, BlendedSegment):
            return replace(segment, thresholds=thresholds)
        levels = zip(segment.field.levels, thresholds, strict=True)
        field = NestedField(tuple(replace(level, threshold=threshold) for level, threshold in levels))
        return replace(segment, field=field)

    def _shape(self) -> NeuralShape:
        """The shape of the segments so far. Raises NeuralShapesError while there is none."""
        segments = list(self._segments)
        current = self._training.segment() if self._training is not None else None
        if current is not None:
            segments.append(current)
        if not segments:
            raise NeuralShapesError("The morph has nothing to show yet.")
        times = tuple(float(time) for time in np.linspace(0, 1, len(segments) + 1))
        keys = tuple(key.key for key in self._keys[: len(times)])
        return NeuralShape(
            SpaceTimeField(tuple(segments), times), keys[0].placement, self._provenance, keys=keys
        )

    def _measured(self, now: Callable[[], float]) -> NeuralShape:
        shape, started = self._shape(), now()
        try:
            measures = measure_morph(
                shape.field,
                tuple(key.solid for key in self._keys),
                keeps_volume=self._mode in KEEPING_VOLUME,
                evaluated=lambda field: TorchField(field, self._device),
                progress=lambda share: self._update("measuring", share, float("nan")),
            )
        except Cancelled:
            return shape
        seconds = {**self._provenance.seconds, "measuring": now() - started}
        return replace(
            shape,
            provenance=replace(self._provenance, seconds=seconds),
            measures=measures.figures,
            over_time=measures.over_time,
        )

    def _report(self, place: tuple[int, int], phase: str, share: float, loss: float) -> None:
        """Progress within one segment; distances between two trainings are a part of these."""
        index, count = place
        if phase == "training":
            self._provenance = replace(self._provenance, steps=self._provenance.steps + 1)
            self._latest_training = ((index + share) / count, loss)
        if self._latest_training is None:
            self._update(phase, share, loss)
        else:
            self._update("training", *self._latest_training)

    def _update(self, phase: str, share: float, loss: float) -> None:
        self._reporter.update(phase, share, self._provenance.steps, self._provenance.planned_steps, loss)


def _kept_segment(start: NeuralShape | None, pair: tuple[PlacedKey, PlacedKey], mode: str) -> Segment | None:
    """The segment between two keys in an earlier morph of the same mode, if it has one."""
    if start is None or start.provenance.recipe != mode:
        return None
    wanted = [(key.key.source_digest, key.key.placement) for key in pair]
    for index, segment in enumerate(start.field.segments):
        if [(key.source_digest, key.placement) for key in start.keys[index : index + 2]] == wanted:
            return segment
    return None


def _steps(recipe: Recipe | LevelSetRecipe | VolumeRecipe) -> int:
    return recipe.steps + recipe.first.steps if isinstance(recipe, LevelSetRecipe) else recipe.steps


def _expected_seconds(
    recipe: Recipe | LevelSetRecipe | VolumeRecipe, device: torch.device
) -> dict[str, float]:
    """Seconds of distances and training of one segment; steps are timed."""
    now = clock(device)
    if isinstance(recipe, VolumeRecipe):
        training = recipe.flow.steps * seconds_of_flow_step(recipe.flow, device, now)
        training += sum(level.steps * seconds_of_step(level, 4, device, now) for level in recipe.levels)
        training += recipe.sweeps * SECONDS_OF_A_SWEEP
        return {"distances": 2 * SECONDS_OF_A_DISTANCE * recipe.flow.grid**3, "training": training}
    if isinstance(recipe, LevelSetRecipe):
        with_gradients = replace(
            recipe.first,
            samples=Samples(surface=1.0, with_normals=1.0),
            losses={"normal_alignment": 1.0},
            batch=recipe.batch,
        )
        step = seconds_of_step(with_gradients, 4, device, now)
        if recipe.potentials is not None:
            potential = replace(with_gradients, network=recipe.potentials, batch=recipe.batch // 2)
            step += 4 * seconds_of_step(potential, 4, device, now)
        training = recipe.steps * step + recipe.first.steps * seconds_of_step(recipe.first, 3, device, now)
        return {"distances": SECONDS_OF_A_DISTANCE * LEVEL_SET_DISTANCES, "training": training}
    training = 2 * sum(level.steps * seconds_of_step(level, 3, device, now) for level in recipe.levels)
    return {"distances": SECONDS_OF_A_DISTANCE * LEVEL_SET_DISTANCES, "training": training}
