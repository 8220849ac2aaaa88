"""A thousand damaged properties of a .blend: each is read as it was, or refused in a sentence."""

import random
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")
from neural_shapes.core import shape_file  # noqa: E402
from neural_shapes.core.errors import NeuralShapesError  # noqa: E402
from neural_shapes.core.fields.nested import Level, NestedField  # noqa: E402
from neural_shapes.core.fields.siren import Siren  # noqa: E402
from neural_shapes.core.fields.space_time import BlendedSegment, SpaceTimeField  # noqa: E402
from neural_shapes.core.geometry.placement import Placement  # noqa: E402
from neural_shapes.core.mapping.attributes import Attribute  # noqa: E402
from neural_shapes.core.neural_shape import Key, NeuralShape, Provenance  # noqa: E402
from neural_shapes.scene import map_images, neural_shape  # noqa: E402
from neural_shapes.scene.custom_normals import TRANSFERRED  # noqa: E402

SEED, MUTATIONS = 3, 1000
PANELS = (
    "shape", "surface", "preview", "playback", "normals", "custom_normals", "bake", "morph", "active_morph",
    "morph_bake", "morph_plot",
)  # fmt: skip
MEASURES = {"chamfer": 0.1, "hausdorff_99": 0.1, "normal_degrees": 2.0, "components": 1, "failed": "It sank."}
MORPH_MEASURES = {"drift": 0.1, "components": 1, "jump": 1, "chamfer_to_key_0": 0.1, "chamfer_from_key_0": 0}


class Layout:
    """Takes whatever a panel draws."""

    def __getattr__(self, name: str) -> "Layout":
        return self

    def __call__(self, *_: object, **__: object) -> "Layout":
        return self


def tiny_field() -> NestedField:
    generator = np.random.default_rng(0)
    weights = [generator.normal(size=size).astype(np.float32) for size in ((2, 3), (2, 2), (1, 2))]
    biases = [generator.normal(size=size).astype(np.float32) for size in (2, 2, 1)]
    return NestedField((Level(Siren(tuple(weights), tuple(biases), 30.0, 30.0), 0.02),))


def tiny_shape() -> NeuralShape:
    return NeuralShape(tiny_field(), Placement(), Provenance(), MEASURES)


def tiny_morph() -> NeuralShape:
    field = SpaceTimeField((BlendedSegment(tiny_field(), tiny_field(), (0.02,)),), (0.0, 1.0))
    keys = tuple(Key(name, name, Placement(), 1.0) for name in ("First", "Second"))
    over_time = {"time": (0.0, 1.0), "drift": (0.0, 0.1), "components": (1.0, 1.0)}
    return NeuralShape(field, Placement(), Provenance(), MORPH_MEASURES, keys, over_time)


JUNK = ("text", True, 10**400, float("nan"), float("inf"), [1], {}, None, -1)


def mismeasured(choose: random.Random, shape: NeuralShape) -> bytes:
    """The shape's bytes with something else for one of its measures."""
    measures = {**shape.measures, choose.choice(list(shape.measures)): choose.choice(JUNK)}
    return shape_file.to_bytes(replace(shape, measures=measures))


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
    """A value that a foreign or damaged file may have in place of another."""
    return choose.choice(
        [damaged(data, choose), damaged(data, choose), damaged(data, choose), b"", "text", "ß" * 40, -1,
         2**31 - 1, float("nan"), [1, 2, 3], [0.5], {}, {"bytes": {"bytes": 1}}, True]
    )  # fmt: skip


def mutated(choose: random.Random, shape: NeuralShape) -> object:
    """What the object carries: the property as a whole, or one of its members, is not what it should be."""
    if choose.random() < 0.2:
        return {"bytes": mismeasured(choose, shape), "uuid": str(choose.random())}
    data = shape_file.to_bytes(shape)
    if choose.random() < 0.1:
        return anything(choose, data)
    members = {"bytes": data, "uuid": str(choose.random()), "more": 1}
    members[choose.choice(["bytes", "bytes", "bytes", "uuid"])] = anything(choose, data)
    if choose.random() < 0.1:
        del members[choose.choice(["bytes", "uuid"])]
    return members


def mark_as_mapped(choose: random.Random, holder) -> None:
    """Normals and a map that the object has of a neural shape, with anything for what is said of them."""
    data = shape_file.to_bytes(tiny_shape())
    holder.data[TRANSFERRED] = anything(choose, data)
    [image] = bpy.data.images
    image[map_images.IMAGE_MARK] = holder[map_images.TARGET_MARK.format(Attribute.NORMAL)] = "a mark"
    for name in (map_images.MASKED_SHARE, map_images.OVERLAPPING_SHARE, map_images.IMAGE_MARK):
        if choose.random() < 0.3:
            image[name] = anything(choose, data)
        elif choose.random() < 0.3:
            image.pop(name, None)


def test_no_property_crashes_what_reads_it(blender):
    blender.ops.mesh.primitive_cube_add()
    holder, shapes = blender.context.object, (tiny_shape(), tiny_morph())
    blender.data.images.new("Map", 1, 1)
    choose, refused, read = random.Random(SEED), set(), 0
    context = SimpleNamespace(
        object=holder,
        selected_objects=[holder],
        scene=blender.context.scene,
        region=SimpleNamespace(width=300),
        preferences=SimpleNamespace(system=SimpleNamespace(ui_scale=1.0)),
    )
    for _ in range(MUTATIONS):
        holder[neural_shape.PROPERTY] = mutated(choose, choose.choice(shapes))
        mark_as_mapped(choose, holder)
        try:
            shape = neural_shape.read(holder)
        except NeuralShapesError as error:
            refused.add(str(error))
        else:
            read += 1
            assert shape_file.from_bytes(shape_file.to_bytes(shape)).provenance == shape.provenance
        for panel in PANELS:
            drawn = getattr(blender.types, f"NEURAL_SHAPES_PT_{panel}")
            if not hasattr(drawn, "poll") or drawn.poll(context):
                drawn.draw(SimpleNamespace(layout=Layout()), context)
        if neural_shape.has_shape(holder):
            assert neural_shape.remove(holder) >= 0
    assert 0 < read < MUTATIONS / 2
    assert len(refused) > 5
    assert all(sentence.endswith(".") for sentence in refused)
