"""Training: a mesh in object space becomes a neural shape with thresholds and measured errors."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import numpy as np
import torch

from ..errors import Cancelled, NeuralShapesError
from ..fields.nested import Level, NestedField, ResidualBand
from ..geometry.measures import LARGEST_SIGN_ERROR, measure_field
from ..geometry.mesh import TriangleMesh
from ..geometry.source import Source, placed_source
from ..meshing.isosurface import DEFAULT_RESOLUTION, SurfaceMemoryError, within_memory
from ..meshing.trimmable_boundary import trimmable_boundary
from ..neural_shape import NeuralShape, Provenance
from .devices import torch_device
from .divergence import Diverged
from .level_training import LevelTraining
from .nesting import NEAR, with_thresholds
from .networks import NetworkModule, initial_network, module_of, network_of
from .processor import efficient_processor, limited_threads
from .progress import Progress, Reporter
from .recipes import LevelRecipe, Recipe
from .resuming import earlier_network, is_interrupted
from .samples import TrainingSamples, draw_samples
from .schedule import PlannedLevel, clock, expected_seconds, planned_levels, steps_done, timed_steps
from .stray_pieces import cleared_of_stray_pieces, is_cleared
from .torch_field import TorchField

DIMENSION = 3
# A level that has diverged is trained anew at this share of its learning rate; Draft's finest level diverges
# at four times its own (a sphere, measured).
CALMER = 0.25


def train(
    source: Source,
    recipe: Recipe,
    *,
    seed: int = 0,
    device: str = "auto",
    threads: int | None = None,
    steps: int | None = None,
    seconds: float | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    start: NeuralShape | None = None,
) -> NeuralShape:
    """A neural shape of a mesh, or of points with normals, given in object space.

    ``steps`` replaces the recipe's step count; ``seconds`` caps the training's time (process CPU seconds on
    a CPU, wall time on a GPU; distances, measuring, and clearing pieces astray come on top). ``progress`` is
    called several times a second and ``cancelled`` is asked as often; a training cancelled after its first
    step returns the shape so far, unmeasured, with fewer steps than planned in its provenance. The whole
    shape is returned unmeasured where memory runs out while it is measured. ``start`` is a shape to go on
    with: a cancelled one of the same mesh and recipe is resumed, any other gives its weights as the first
    ones. Of a resumed training, ``steps`` count those before too, and ``seconds`` cap the rest.

    Raises NeuralShapesError when the source cannot be trained on, the device is missing, the steps or seconds
    make no sense, ``start`` changes over time, or the training diverges, and Cancelled before the first step.
    """
    if start is not None and start.changes_over_time:
        raise NeuralShapesError("The shape to start from is a morph; choose one of a single mesh.")
    target = torch_device(device)
    with limited_threads(threads) as used_threads, efficient_processor():
        training = _Training(source, recipe, target, used_threads, seed, start)
        return training.run(steps, seconds, progress, cancelled)


class _Training:
    """One call of ``train``: what is known from its start, and the levels as they come to be."""

    def __init__(
        self,
        source: Source,
        recipe: Recipe,
        device: torch.device,
        threads: int,
        seed: int,
        start: NeuralShape | None,
    ) -> None:
        placed = placed_source(source)
        self.placement, self.distance = placed.placement, placed.solid
        self.may_be_open = isinstance(source, TriangleMesh)
        self.recipe, self.device, self.start = recipe, device, start
        self.numpy_generator = np.random.default_rng(seed)
        self.torch_generator = torch.Generator().manual_seed(seed)
        self.provenance = Provenance(
            source_digest=source.digest,
            recipe=recipe.name,
            seed=seed,
            threads=threads,
            device=device.type,
            repairs=placed.repairs,
        )
        # Planned steps of each level, and how many of them an interrupted training has done.
        self.planned = tuple(level.steps for level in recipe.levels)
        self.done = [0] * len(recipe.levels)
        if is_interrupted(start, recipe, self.provenance):
            earlier = start.provenance
            self.planned = earlier.steps_of_levels
            self.done = steps_done(self.planned, earlier.steps)
            self.provenance = replace(self.provenance, steps=earlier.steps, seconds=earlier.seconds)
        self.finished: list[Level] = []
        self.network: NetworkModule | None = None
        self.band: ResidualBand | None = None

    def run(
        self,
        steps: int | None,
        seconds: float | None,
        progress: Callable[[Progress], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> NeuralShape:
        """Distances, training, thresholds, measuring."""
        now = clock(self.device)
        times = [now()]
        timed = timed_steps(self.recipe, DIMENSION, self.device)
        plan = planned_levels(self.recipe, self.planned, self.done, steps, seconds, timed)
        times.append(now())
        planned = tuple(level.steps for level in plan)
        self.provenance = replace(self.provenance, planned_steps=sum(planned), steps_of_levels=planned)
        self.reporter = Reporter(expected_seconds(plan), progress, cancelled, self.shape)
        samples = draw_samples(
            self.distance,
            [(level.recipe, level.steps) for level in plan],
            self.numpy_generator,
            self.device,
            lambda share: self._report("distances", share),
        )
        times.append(now())
        is_cancelled = self._train_levels(plan, samples)
        times.append(now())
        planning, distances, training = np.diff(times)
        self._add_seconds(distances=distances, training=planning + training)
        shape = self._nested(self.field())
        if is_cancelled:
            return shape
        shape = self._measured(shape, now)
        if shape.measures.get("stray_pieces") and shape.measures["sign_error"] <= LARGEST_SIGN_ERROR:
            return self._cleared(shape, plan[-1].recipe, samples, now)
        return shape

    def field(self) -> NestedField:
        """The levels as they are now, with provisional thresholds."""
        levels = list(self.finished)
        if self.network is not None:
            levels.append(Level(network_of(self.network), NEAR, self.band))
        return NestedField(tuple(levels))

    def shape(self) -> NeuralShape:
        """The shape as it is now, unmeasured."""
        return NeuralShape(self.field(), self.placement, self.provenance)

    def _train_levels(self, plan: list[PlannedLevel], samples: TrainingSamples) -> bool:
        """Train one level after the other; whether it was cancelled, which it may be after a step."""
        for index in range(len(plan)):
            try:
                self._train_until_sound(plan, index, samples)
            except Cancelled:
                return True
            self.finished.append(Level(network_of(self.network), NEAR, self.band))
            self.network, self.band = None, None
        return False

    def _train_until_sound(self, plan: list[PlannedLevel], index: int, samples: TrainingSamples) -> None:
        """Train a level, and where it diverges once more at a lower rate.

        A loss that rises and does not fall again tells that only of a level whose first weights were random.
        """
        recipe = plan[index].recipe
        is_new = earlier_network(self.start, index, recipe) is None
        try:
            has_diverged = self._train_level(plan, index, recipe, samples).has_diverged and is_new
        except Diverged:
            has_diverged = True
        if has_diverged:
            calmer = replace(recipe, learning_rate=CALMER * recipe.learning_rate)
            self._train_level(plan, index, calmer, samples)

    def _train_level(
        self, plan: list[PlannedLevel], index: int, recipe: LevelRecipe, samples: TrainingSamples
    ) -> LevelTraining:
        """Train a level of the plan by a recipe to its end.

        Raises Cancelled, with the network as it is then in its place, and Diverged.
        """
        level, before = plan[index], plan[:index]
        whole, passed = (sum(part.seconds for part in parts) for parts in (plan, before))
        training = self._begin_level(index, level, recipe, samples)
        steps_before = sum(earlier.steps for earlier in before)
        while training.step_index < level.steps:
            loss = training.step()
            self.provenance = replace(self.provenance, steps=steps_before + training.step_index)
            seconds = passed + (training.step_index - level.first_step) * level.seconds_of_step
            self._report("training", seconds / whole, loss)
        return training

    def _begin_level(
        self, index: int, level: PlannedLevel, recipe: LevelRecipe, samples: TrainingSamples
    ) -> LevelTraining:
        previous = TorchField(NestedField(tuple(self.finished)), self.device) if recipe.band else None
        self.band = self._reaching_the_surface(recipe.band, previous) if recipe.band else None
        network = initial_network(recipe.network, DIMENSION, self.torch_generator)
        self.network = module_of(earlier_network(self.start, index, recipe) or network).to(self.device)
        return LevelTraining(
            recipe,
            self.network,
            samples,
            previous,
            self.band,
            level.steps,
            self.torch_generator,
            level.first_step,
        )

    def _reaching_the_surface(self, band: ResidualBand, previous: TorchField) -> ResidualBand:
        """The band, enlarged as a whole until its inner part holds all vertices of the source.

        M-plicits takes 1.3 max |f| over the surface; thin parts that the level before misses stay in reach.
        """
        vertices = torch.as_tensor(self.distance.mesh.vertices, dtype=torch.float32, device=self.device)
        factor = max(1.0, float(previous.values(vertices).abs().max()) / band.inner)
        return ResidualBand(factor * band.scale, factor * band.inner, factor * band.outer)

    def _nested(self, field: NestedField) -> NeuralShape:
        """The shape of a field, whose levels get their thresholds, unmeasured."""
        field = with_thresholds(field, self.distance, self.device, self.numpy_generator)
        return NeuralShape(field, self.placement, self.provenance)

    def _cleared(
        self, shape: NeuralShape, recipe: LevelRecipe, samples: TrainingSamples, now: Callable[[], float]
    ) -> NeuralShape:
        """The shape without its pieces astray, measured again; as it was where that fails or is cancelled."""
        started = now()
        try:
            self._report("clearing", 0.0)
            with within_memory(DEFAULT_RESOLUTION):
                field = cleared_of_stray_pieces(
                    shape.field,
                    recipe,
                    samples,
                    self.distance,
                    self.device,
                    self.numpy_generator,
                    self.torch_generator,
                    lambda share: self._report("clearing", share),
                )
                if field is None:
                    return shape
                self._add_seconds(training=now() - started)
                cleared = self._nested(field)
        except (Cancelled, SurfaceMemoryError):
            return shape
        cleared = self._measured(cleared, now)
        return cleared if cleared.measures and is_cleared(shape.measures, cleared.measures) else shape

    def _measured(self, shape: NeuralShape, now: Callable[[], float]) -> NeuralShape:
        """The shape with its measures and boundary, as far as memory suffices; as it is where cancelled."""
        started = now()
        measures, boundary = {}, None
        field = TorchField(shape.field, self.device)

        def report(share: float) -> None:
            # That all is done is known only with the measures, after which pieces may have to be cleared.
            if share < 1:
                self._report("measuring", share)

        try:
            report(0.0)
            with suppress(SurfaceMemoryError), within_memory(DEFAULT_RESOLUTION):
                measured = measure_field(field, self.distance, report)
                # Of a shape that lacks this nobody would be told if it had figures.
                boundary = trimmable_boundary(self.distance, field) if self.may_be_open else None
                measures = measured.as_dict()
        except Cancelled:
            return shape
        self._add_seconds(measuring=now() - started)
        return replace(shape, provenance=self.provenance, measures=measures, boundary=boundary)

    def _report(self, phase: str, share: float, loss: float = float("nan")) -> None:
        self.reporter.update(phase, share, self.provenance.steps, self.provenance.planned_steps, loss)

    def _add_seconds(self, **seconds: float) -> None:
        total = dict(self.provenance.seconds)
        for phase, duration in seconds.items():
            total[phase] = total.get(phase, 0.0) + float(duration)
        self.provenance = replace(self.provenance, seconds=total)
