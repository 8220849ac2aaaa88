"""Training a morph: meshes in object space become one neural shape over time, segment by segment."""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np
import torch

from ..errors import Cancelled, NeuralShapesError
from ..fields.nested import NestedField
from ..fields.space_time import BlendedSegment, Segment, SpaceTimeField
from ..geometry.mesh import TriangleMesh
from ..geometry.morph_measures import MorphMeasures, measure_morph
from ..geometry.placement import Placement
from ..geometry.repairs import Repairs
from ..meshing.isosurface import DEFAULT_RESOLUTION, SurfaceMemoryError, within_memory
from ..neural_shape import NeuralShape, Provenance
from .blend_training import trained_alone
from .devices import torch_device
from .earlier_morph import earlier_segments, kept_parts
from .level_set_training import LevelSetTraining
from .morph_keys import PlacedKey, placed_keys
from .morph_recipes import MODES, PLACEMENTS, LevelSetRecipe, VolumeRecipe, volume_recipe
from .morph_schedule import expected_seconds
from .processor import efficient_processor, limited_threads
from .progress import Progress, Reporter
from .recipes import Recipe
from .schedule import PLANNED_SHARE, clock
from .space_time_nesting import thresholds_over_time
from .space_time_training import VolumeTraining
from .torch_field import TorchField

# Modes whose ends are scaled to one volume, since what they do keeps it.
KEEPING_VOLUME = ("volume", "joint")
# Of one part, whatever the recipe, on one core: volumes are counted and thresholds measured.
SECONDS_OF_CONTROL = 10.0
SECONDS_OF_MEASURING = 60.0
# The least share of a recipe that is worth a start, whatever the cap.
SMALLEST_SHARE = 0.01


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
    retrain: Collection[int] = (),
) -> NeuralShape:
    """A neural shape over time that passes through meshes given in object space, at equal distances in time.

    ``mode`` is one of ``morph_recipes.MODES`` and ``placement`` one of ``PLACEMENTS`` there. ``seconds``
    caps the training of all segments, the end shapes' distances included (process CPU seconds on a CPU,
    wall time on a GPU; measuring comes on top). ``sources`` are the meshes' names. Segments of an earlier
    morph ``start`` whose keys and mode are the same are kept as they are, except for those of the numbers
    ``retrain``, from 0, so that one can be trained anew alone. A morph cancelled within a segment ends with
    that segment as it is, unmeasured, and with all the later ones where ``start`` has them. A whole morph is
    returned unmeasured where memory runs out while it is measured.

    Raises NeuralShapesError when the meshes cannot be morphed, ``start`` is no morph, the device is missing
    or the training diverges, and Cancelled before there is anything new to show.
    """
    if mode not in MODES or placement not in PLACEMENTS:
        raise NeuralShapesError(
            f"A morph's mode is one of {', '.join(MODES)}, and its placement one of {', '.join(PLACEMENTS)}."
        )
    if seconds is not None and not seconds > 0:
        raise NeuralShapesError("The time for training must be more than 0 seconds.")
    if unknown := set(retrain) - set(range(len(meshes) - 1)):
        raise NeuralShapesError(
            f"This morph has the segments 0 to {len(meshes) - 2}, and no segment {min(unknown)}."
        )
    if start is not None and not start.keys:
        raise NeuralShapesError("The shape to start from is no morph, so that it has no segments to keep.")
    target = torch_device(device)
    sources = list(sources or [f"mesh {index + 1}" for index in range(len(meshes))])
    with limited_threads(threads) as used_threads, efficient_processor():
        keys, whole = placed_keys(meshes, sources, placement, mode in KEEPING_VOLUME, start)
        provenance = Provenance(
            source=" → ".join(sources),
            recipe=mode,
            seed=seed,
            threads=used_threads,
            device=target.type,
            repairs=sum((key.repairs for key in keys), Repairs()),
        )
        training = _MorphTraining(keys, whole, mode, provenance, target)
        return training.run(seconds, progress, cancelled, start, retrain)


class _MorphTraining:
    """One call of ``train_morph``: the segments as they come to be."""

    def __init__(
        self,
        keys: list[PlacedKey],
        placement: Placement,
        mode: str,
        provenance: Provenance,
        device: torch.device,
    ) -> None:
        """``placement`` is that of the morph as a whole."""
        self._keys, self._placement, self._mode, self._device = keys, placement, mode, device
        self._provenance = provenance
        self._numpy_generator = np.random.default_rng(provenance.seed)
        self._generator = torch.Generator().manual_seed(provenance.seed)
        self._segments: list[Segment] = []
        # Those between the same keys in the earlier morph.
        self._earlier: list[Segment | None] = []
        self._training: VolumeTraining | LevelSetTraining | None = None
        # Share and loss of the step before, once there is one.
        self._latest_training: tuple[float, float] | None = None
        # Static fields of the keys of a blend by the key's place, those of the earlier morph and others.
        self._kept_fields: dict[int, NestedField] = {}
        self._new_fields: dict[int, NestedField] = {}
        # How many parts there are to train, segments or keys of a blend, and how many of them are trained.
        self._parts = self._trained = 0

    def run(
        self,
        seconds: float | None,
        progress: Callable[[Progress], None] | None,
        cancelled: Callable[[], bool] | None,
        start: NeuralShape | None,
        retrain: Collection[int],
    ) -> NeuralShape:
        """Train what is not kept from ``start``, and measure."""
        now = clock(self._device)
        started = now()
        self._earlier = earlier_segments(start, [key.key for key in self._keys], self._mode)
        kept, self._kept_fields = kept_parts(self._earlier, retrain)
        self._parts = self._count_parts(kept)
        recipe, expected = self._plan(seconds)
        steps = recipe.steps + (recipe.first.steps if isinstance(recipe, LevelSetRecipe) else 0)
        self._provenance = replace(self._provenance, planned_steps=self._parts * steps)
        self._reporter = Reporter(
            {phase: self._parts * duration for phase, duration in expected.items()}
            | {"measuring": SECONDS_OF_MEASURING},
            progress,
            cancelled,
            self._latest,
        )
        is_cancelled = self._train(kept, recipe)
        self._training = None
        self._provenance = replace(self._provenance, seconds={"training": now() - started})
        shape = self._shape(self._segments)
        return shape if is_cancelled else self._measured(shape, now)

    def _train(self, kept: list[Segment | None], recipe: Recipe | LevelSetRecipe | VolumeRecipe) -> bool:
        """Train the segments that are not kept, in their order; returns whether that was cancelled."""
        for index, segment in enumerate(kept):
            is_cancelled = False
            if segment is None:
                try:
                    segment, is_cancelled = self._trained_segment(index, recipe)
                except Cancelled:
                    self._segments += self._earlier_rest(index)
                    if not (self._trained and self._segments):
                        raise
                    return True
            self._segments.append(segment)
            if is_cancelled:
                self._segments += self._earlier_rest(index + 1)
                return True
        return False

    def _earlier_rest(self, first: int) -> list[Segment]:
        """The segments from this one on as the earlier morph has them; none where it lacks one of them."""
        rest = self._earlier[first:]
        if None in rest:
            return []
        return [self._met(index, segment) for index, segment in enumerate(rest, start=first)]

    def _met(self, index: int, segment: Segment) -> Segment:
        """An earlier segment, which in a blend takes the new fields of its keys from its neighbours."""
        if not self._new_fields.keys() & {index, index + 1}:
            return segment
        first = self._new_fields.get(index, segment.first)
        second = self._new_fields.get(index + 1, segment.second)
        return self._with_thresholds(BlendedSegment(first, second, segment.thresholds))

    def _count_parts(self, kept: list[Segment | None]) -> int:
        """The segments that are not kept, or all their keys that are to be blended."""
        missing = [index for index, segment in enumerate(kept) if segment is None]
        if isinstance(MODES[self._mode], Recipe):
            return len({key for index in missing for key in (index, index + 1)} - self._kept_fields.keys())
        return len(missing)

    def _plan(self, seconds: float | None) -> tuple[Recipe | LevelSetRecipe | VolumeRecipe, dict[str, float]]:
        """The recipe of each part, scaled to fit the cap, and the expected seconds of its phases."""
        recipe = MODES[self._mode]
        if isinstance(recipe, VolumeRecipe):
            recipe = volume_recipe(min(key.thickness for key in self._keys))
        expected = expected_seconds(recipe, self._device)
        if seconds is None:
            return recipe, expected
        available = PLANNED_SHARE * seconds / max(1, self._parts) - SECONDS_OF_CONTROL
        share = min(1.0, max(SMALLEST_SHARE, available / sum(expected.values())))
        if isinstance(recipe, Recipe):
            levels = (replace(level, steps=max(1, round(level.steps * share))) for level in recipe.levels)
            recipe = replace(recipe, levels=tuple(levels))
        else:
            recipe = recipe.scaled(share)
        return recipe, {phase: share * duration for phase, duration in expected.items()}

    def _trained_segment(
        self, index: int, recipe: Recipe | LevelSetRecipe | VolumeRecipe
    ) -> tuple[Segment, bool]:
        """A segment with its thresholds, and whether it was cancelled."""
        if isinstance(recipe, Recipe):
            return self._with_thresholds(self._blended_segment(index, recipe)), False
        first, second = self._keys[index : index + 2]
        common = (recipe, self._numpy_generator, self._generator, self._device)
        if isinstance(recipe, VolumeRecipe):
            volume = first.key.volume * first.key.shrinkage**3
            self._training = VolumeTraining(first.solid, second.solid, volume, *common)
        else:
            self._training = LevelSetTraining(first.solid, second.solid, *common)
        is_cancelled = False
        try:
            self._training.run(self._report)
        except Cancelled:
            if self._training.segment() is None:
                raise
            is_cancelled = True
        self._trained += 1
        return self._with_thresholds(self._training.segment()), is_cancelled

    def _blended_segment(self, index: int, recipe: Recipe) -> BlendedSegment:
        ends = (index, index + 1)
        for key in ends:
            if key not in self._kept_fields | self._new_fields:
                self._new_fields[key] = trained_alone(
                    self._keys[key].solid,
                    recipe,
                    self._numpy_generator,
                    self._generator,
                    self._device,
                    self._report,
                )
                self._trained += 1
        fields = self._kept_fields | self._new_fields
        first, second = (fields[key] for key in ends)
        return BlendedSegment(first, second, first.thresholds)

    def _with_thresholds(self, segment: Segment) -> Segment:
        thresholds = thresholds_over_time(segment.at_time, self._device, self._numpy_generator)
        if isinstance(segment, BlendedSegment):
            return replace(segment, thresholds=thresholds)
        levels = zip(segment.field.levels, thresholds, strict=True)
        field = NestedField(tuple(replace(level, threshold=threshold) for level, threshold in levels))
        return replace(segment, field=field)

    def _latest(self) -> NeuralShape | None:
        """The shape of the segments so far, with the one in training as it is; None before there is one."""
        current = self._training.segment() if self._training is not None else None
        segments = [*self._segments, *([current] if current is not None else [])]
        return self._shape(segments) if segments else None

    def _shape(self, segments: list[Segment]) -> NeuralShape:
        times = tuple(float(time) for time in np.linspace(0, 1, len(segments) + 1))
        keys = tuple(key.key for key in self._keys[: len(times)])
        return NeuralShape(
            SpaceTimeField(tuple(segments), times), self._placement, self._provenance, keys=keys
        )

    def _measured(self, shape: NeuralShape, now: Callable[[], float]) -> NeuralShape:
        """The shape with its measures, none where memory runs out; as it is where that is cancelled."""
        started = now()
        measures = MorphMeasures({}, {})
        try:
            with suppress(SurfaceMemoryError), within_memory(DEFAULT_RESOLUTION):
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

    def _report(self, phase: str, share: float, loss: float) -> None:
        """Progress within one part; distances between two trainings are a part of these."""
        if phase == "training":
            self._provenance = replace(self._provenance, steps=self._provenance.steps + 1)
            self._latest_training = ((self._trained + share) / self._parts, loss)
        if self._latest_training is None:
            self._update(phase, share, loss)
        else:
            self._update("training", *self._latest_training)

    def _update(self, phase: str, share: float, loss: float) -> None:
        drift = self._training.drift if isinstance(self._training, VolumeTraining) else None
        steps = self._provenance.steps, self._provenance.planned_steps
        self._reporter.update(phase, share, *steps, loss, drift)
