"""A torus that swells, one that turns with a flow, and how bakes of them are read."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from neural_shapes.core import shape_file
from neural_shapes.core.fields.flow import DivergenceFreeFlow
from neural_shapes.core.fields.nested import Level, NestedField
from neural_shapes.core.fields.space_time import SpaceTimeField, TrainedSegment
from neural_shapes.core.geometry.placement import Placement
from neural_shapes.core.neural_shape import Key, NeuralShape

# Waves so long that their sines are straight lines throughout the domain.
WAVE = 0.01


@pytest.fixture(scope="session")
def swelling(root: Path) -> NeuralShape:
    """A torus around the z axis with radii 0.5 and 0.2 + 0.1 t."""
    return shape_file.load(root / "tests/viewport/shapes/space_time.safetensors")


@pytest.fixture(scope="session")
def turning(swelling: NeuralShape) -> NeuralShape:
    """The torus at time 0, that a flow turns around its axis by a radian, in two segments of unequal length.

    Its first mesh is twice as large as it is in the domain, and stands at (1, 2, 3).
    """
    still = _without_time(swelling.field)
    segments = (TrainedSegment(still, _rotation(0.6)), TrainedSegment(still, _rotation(0.4)))
    placement = Placement((1.0, 2.0, 3.0), 0.5)
    key = Key("Torus", "", placement, 1.0)
    return NeuralShape(SpaceTimeField(segments, (0.0, 0.25, 1.0)), placement, keys=(key, key, key))


def _without_time(field: NestedField) -> NestedField:
    return NestedField(tuple(_still(level) for level in field.levels))


def _still(level: Level) -> Level:
    first = level.network.weights[0].copy()
    first[:, 3] = 0
    return replace(level, network=replace(level.network, weights=(first, *level.network.weights[1:])))


def _rotation(angle: float) -> DivergenceFreeFlow:
    """V = angle (-y, x, 0), as (w x c) sin(w . x) with w of the length WAVE along x and along y."""
    frequencies = np.float32([[WAVE, 0, 0], [0, WAVE, 0]])
    coefficients = np.float32([[[0, 0, -angle / WAVE**2], [0, 0, -angle / WAVE**2]]])
    return DivergenceFreeFlow(frequencies, np.full(2, -np.pi / 2, dtype=np.float32), coefficients)
