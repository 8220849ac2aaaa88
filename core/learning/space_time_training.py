"""Volume-preserving segments: a flow is fitted, carries labels along, and a space-time field learns them.

The published joint training of a field and its velocity (``level_set_training``) preserves volume only as far
as its level-set residual is small, which it seldom is. Here the flow is exact first, and the field, coarse
and fine, learns a function that moves with it by construction.
"""

from collections.abc import Callable

import numpy as np
import torch

from ..fields.flow import DivergenceFreeFlow
from ..fields.nested import Level, NestedField, ResidualBand
from ..fields.siren import Siren
from ..fields.space_time import TrainedSegment
from ..geometry.distance import SignedDistance
from .flow_fitting import FlowFitting, Solid
from .level_training import LevelTraining
from .morph_recipes import NEAR_SURFACE, VolumeRecipe
from .nesting import NEAR
from .networks import SirenModule, initial_siren
from .recipes import LevelRecipe
from .samples import TrainingSamples
from .torch_field import TorchField
from .trajectories import carried_samples
from .volume_control import CORRECTIONS, VolumeControl

DIMENSION = 4

# Told the phase, its share and the loss; may raise to stop.
Report = Callable[[str, float, float], None]


class VolumeTraining:
    """One segment on its way: first a flow, then the levels of the field that it teaches."""

    def __init__(
        self,
        first: SignedDistance,
        second: SignedDistance,
        volume: float,
        recipe: VolumeRecipe,
        numpy_generator: np.random.Generator,
        generator: torch.Generator,
        device: torch.device,
    ) -> None:
        """Both meshes are placed in the domain and have the same ``volume``."""
        self._ends, self._volume, self._recipe, self._device = (first, second), volume, recipe, device
        self._numpy_generator, self._generator = numpy_generator, generator
        self._flow: DivergenceFreeFlow | None = None
        self._finished: list[Level] = []
        self._network: SirenModule | None = None
        self._band: ResidualBand | None = None
        self.steps_done = 0
        # How far the volume was off at some time when it was last counted; None before that.
        self.drift: float | None = None

    def segment(self) -> TrainedSegment | None:
        """What is reached so far, with provisional thresholds; None before the field's first step."""
        levels = list(self._finished)
        if self._network is not None:
            levels.append(Level(self._network.to_siren(), NEAR, self._band))
        return TrainedSegment(NestedField(tuple(levels)), self._flow) if levels else None

    def run(self, report: Report) -> None:
        """Train to the end, or until ``report`` raises. Raises Diverged."""
        self._flow = self._fitted_flow(report)
        samples = carried_samples(
            *self._ends,
            self._flow,
            NEAR_SURFACE,
            self._numpy_generator,
            self._device,
            self._recipe.sweeps,
            self._recipe.weight_of_ends,
            lambda share: report("distances", share, float("nan")),
        )
        for index, level in enumerate(self._recipe.levels):
            self._train_level(index, level, samples, report)

    def _fitted_flow(self, report: Report) -> DivergenceFreeFlow:
        recipe = self._recipe.flow
        solids = [
            Solid.of_mesh(
                end,
                recipe.grid,
                self._numpy_generator,
                self._device,
                lambda share, index=index: report("distances", (index + share) / 2, float("nan")),
            )
            for index, end in enumerate(self._ends)
        ]
        fitting = FlowFitting(*solids, recipe, self._generator)
        while fitting.step_index < recipe.steps:
            loss = fitting.step()
            self._count_step(report, loss)
        return fitting.flow

    def _train_level(self, index: int, recipe: LevelRecipe, samples: TrainingSamples, report: Report) -> None:
        previous = TorchField(NestedField(tuple(self._finished)), self._device) if recipe.band else None
        self._band = recipe.band
        self._network = SirenModule(self._first_weights(recipe)).to(self._device)
        training = LevelTraining(
            recipe, self._network, samples, previous, recipe.band, recipe.steps, self._generator
        )
        control = VolumeControl(self._volume, self._device, self._numpy_generator)
        is_last = index == len(self._recipe.levels) - 1
        corrected_at = {int(share * recipe.steps) for share in CORRECTIONS} if is_last else set()
        while training.step_index < recipe.steps:
            loss = training.step()
            if training.step_index in corrected_at:
                training.shift_labels(control.correction(self.segment().field))
                self.drift = control.drift
            self._count_step(report, loss)
        self._finished.append(Level(self._network.to_siren(), NEAR, recipe.band))
        self._network = None

    def _first_weights(self, recipe: LevelRecipe) -> Siren:
        siren = initial_siren(recipe.network, DIMENSION, self._generator)
        siren.weights[0][:, 3] *= self._recipe.time_scale
        return siren

    def _count_step(self, report: Report, loss: float) -> None:
        self.steps_done += 1
        report("training", self.steps_done / self._recipe.steps, loss)
