"""A small shape and a small morph, and the bytes of their files with the description within reach."""

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from neural_shapes.core.fields.flow import DivergenceFreeFlow
from neural_shapes.core.fields.nested import Level, NestedField, ResidualBand
from neural_shapes.core.fields.siren import Siren
from neural_shapes.core.fields.space_time import BlendedSegment, SpaceTimeField, TrainedSegment
from neural_shapes.core.geometry.placement import Placement
from neural_shapes.core.geometry.repairs import Repairs
from neural_shapes.core.neural_shape import Key, NeuralShape, Provenance
from neural_shapes.core.shape_file import to_bytes


class ShapeBytes(bytes):
    """A shape file: its header's length, its header with the shape's description, its arrays."""

    @property
    def header(self) -> dict[str, Any]:
        """What safetensors says of the arrays, and the metadata."""
        return json.loads(self[8 : self.header_end])

    @property
    def header_end(self) -> int:
        """Where the arrays begin."""
        return 8 + int.from_bytes(self[:8], "little")

    @property
    def metadata(self) -> dict[str, str]:
        """The part of the header that is the writer's own."""
        return self.header["__metadata__"]

    @property
    def description(self) -> dict[str, Any]:
        """What Neural Shapes says of the shape."""
        return json.loads(self.metadata["neural_shapes"])

    def with_header(self, header: bytes) -> bytes:
        """The file with other bytes as its header."""
        return len(header).to_bytes(8, "little") + header + self[self.header_end :]

    def with_header_entries(self, change: dict[str, Any]) -> bytes:
        """The file with entries of its header replaced."""
        return self.with_header(json.dumps({**self.header, **change}).encode())

    def with_description(self, **change: object) -> bytes:
        """The file with entries of its description replaced."""
        description = json.dumps({**self.description, **change})
        return self.with_header_entries({"__metadata__": {"neural_shapes": description}})


@pytest.fixture(scope="session")
def write() -> Callable[[NeuralShape], ShapeBytes]:
    """Writes a shape to memory."""
    return lambda shape: ShapeBytes(to_bytes(shape))


def _siren(width: int, depth: int, seed: int, dimension: int = 3) -> Siren:
    generator = np.random.default_rng(seed)
    sizes = [dimension, *[width] * (depth + 1), 1]
    layers = list(zip(sizes[1:], sizes, strict=False))
    return Siren(
        tuple(generator.normal(size=size).astype(np.float32) for size in layers),
        tuple(generator.normal(size=size[0]).astype(np.float32) for size in layers),
        30.0,
        45.0,
    )


@pytest.fixture(scope="module")
def shape() -> NeuralShape:
    """Two levels, and something in every entry of the description."""
    levels = (Level(_siren(8, 1, 0), 0.03), Level(_siren(6, 2, 1), 0.01, ResidualBand(0.01, 0.02, 0.04)))
    provenance = Provenance(
        source="häse.obj",
        source_digest="0f" * 16,
        recipe="standard",
        seed=7,
        steps=3200,
        planned_steps=4800,
        steps_of_levels=(1200, 3600),
        threads=2,
        device="cuda",
        seconds={"training": 58.5},
        repairs=Repairs(turned=3, hidden=12),
    )
    measures = {"chamfer": 4.2e-4, "components": 1, "failed": "", "hausdorff": math.inf}
    return NeuralShape(NestedField(levels), Placement((1.0, -2.0, 1e6), 1e-6), provenance, measures)


@pytest.fixture(scope="module")
def data(shape: NeuralShape, write) -> ShapeBytes:
    """The file of ``shape``."""
    return write(shape)


@pytest.fixture(scope="module")
def morph() -> NeuralShape:
    """Three keys: a segment with a flow and a residual level, then a blend."""
    generator = np.random.default_rng(0)
    flow = DivergenceFreeFlow(
        *(generator.normal(size=size).astype(np.float32) for size in ((5, 3), 5, (2, 5, 3)))
    )
    band = ResidualBand(0.01, 0.02, 0.04)
    moving = NestedField((Level(_siren(8, 1, 0, 4), 0.03), Level(_siren(6, 2, 1, 4), 0.01, band)))
    ends = [NestedField((Level(_siren(7, 1, seed), 0.02),)) for seed in (2, 3)]
    field = SpaceTimeField((TrainedSegment(moving, flow), BlendedSegment(*ends, (0.02,))), (0.0, 0.3, 1.0))
    keys = tuple(
        Key(f"{name}.obj", name * 4, Placement((1.0, 2.0, 3.0), 0.5), 0.25, 0.8, (0.1, 0.0, -0.1))
        for name in "abc"
    )
    over_time = {"time": (0.0, 0.5, 1.0), "volume": (0.5, math.nan, 0.5)}
    return NeuralShape(field, Placement(), Provenance(recipe="volume"), {"drift": 0.002}, keys, over_time)
