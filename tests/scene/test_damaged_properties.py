"""A thousand damaged properties of a .blend: each is read as it was, or refused in a sentence."""

import random
from types import SimpleNamespace

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")
from neural_shapes.core import shape_file  # noqa: E402
from neural_shapes.core.errors import NeuralShapesError  # noqa: E402
from neural_shapes.core.fields.nested import Level, NestedField  # noqa: E402
from neural_shapes.core.fields.siren import Siren  # noqa: E402
from neural_shapes.core.geometry.placement import Placement  # noqa: E402
from neural_shapes.core.neural_shape import NeuralShape, Provenance  # noqa: E402
from neural_shapes.scene import neural_shape  # noqa: E402

SEED, MUTATIONS = 3, 1000


class Layout:
    """Takes whatever a panel draws."""

    def __getattr__(self, name: str) -> "Layout":
        return self

    def __call__(self, *_: object, **__: object) -> "Layout":
        return self


def tiny_shape() -> NeuralShape:
    generator = np.random.default_rng(0)
    weights = [generator.normal(size=size).astype(np.float32) for size in ((2, 3), (2, 2), (1, 2))]
    biases = [generator.normal(size=size).astype(np.float32) for size in (2, 2, 1)]
    network = Siren(tuple(weights), tuple(biases), 30.0, 30.0)
    return NeuralShape(NestedField((Level(network, 0.02),)), Placement(), Provenance())


def damaged(data: bytes, choose: random.Random) -> bytes:
    """The bytes with a few of them changed, cut out, put in or cut off."""
    data = bytearray(data)
    for _ in range(choose.randint(1, 4)):
        place = choose.randrange(len(data) + 1)
        match choose.randrange(4):
            case 0 if place < len(data):
                data[place] = choose.randrange(256)
            case 1:
                del data[place : place + choose.randint(1, 16)]
            case 2:
                data[place:place] = choose.randbytes(choose.randint(1, 16))
            case 3:
                data = data[:place]
    return bytes(data)


def anything(choose: random.Random, data: bytes) -> object:
    """A value that a foreign or damaged file may have in place of the shape's."""
    return choose.choice(
        [damaged(data, choose), damaged(data, choose), damaged(data, choose), b"", "text", "ß" * 40, -1,
         2**31 - 1, float("nan"), [1, 2, 3], [0.5], {}, {"bytes": {"bytes": 1}}, True]
    )  # fmt: skip


def mutated(choose: random.Random, data: bytes) -> object:
    """What the object carries: the property as a whole, or one of its members, is not what it should be."""
    if choose.random() < 0.1:
        return anything(choose, data)
    members = {"bytes": data, "uuid": str(choose.random()), "more": 1}
    members[choose.choice(["bytes", "bytes", "bytes", "uuid"])] = anything(choose, data)
    if choose.random() < 0.1:
        del members[choose.choice(["bytes", "uuid"])]
    return members


def test_no_property_crashes_what_reads_it(blender):
    blender.ops.mesh.primitive_cube_add()
    holder, data = blender.context.object, shape_file.to_bytes(tiny_shape())
    choose, refused, read = random.Random(SEED), set(), 0
    context = SimpleNamespace(
        object=holder,
        selected_objects=[holder],
        scene=blender.context.scene,
        region=SimpleNamespace(width=300),
        preferences=SimpleNamespace(system=SimpleNamespace(ui_scale=1.0)),
    )
    for _ in range(MUTATIONS):
        holder[neural_shape.PROPERTY] = mutated(choose, data)
        try:
            shape = neural_shape.read(holder)
        except NeuralShapesError as error:
            refused.add(str(error))
        else:
            read += 1
            assert shape_file.from_bytes(shape_file.to_bytes(shape)).provenance == shape.provenance
        for panel in ("shape", "surface", "preview"):
            drawn = getattr(blender.types, f"NEURAL_SHAPES_PT_{panel}")
            if not hasattr(drawn, "poll") or drawn.poll(context):
                drawn.draw(SimpleNamespace(layout=Layout()), context)
        if neural_shape.has_shape(holder):
            assert neural_shape.remove(holder) >= 0
    assert 0 < read < MUTATIONS / 2
    assert len(refused) > 5
    assert all(sentence.endswith(".") for sentence in refused)
