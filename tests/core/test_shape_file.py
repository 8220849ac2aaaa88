"""Shape files are safetensors files and come back as they went; what is wrong with one is one sentence."""

import json
import math
import os
import pickle
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from neural_shapes.core import shape_file
from neural_shapes.core.errors import NeuralShapesError
from neural_shapes.core.fields.flow import DivergenceFreeFlow
from neural_shapes.core.fields.nested import Level, NestedField, ResidualBand
from neural_shapes.core.fields.siren import Siren
from neural_shapes.core.fields.space_time import BlendedSegment, SpaceTimeField, TrainedSegment
from neural_shapes.core.geometry.placement import Placement
from neural_shapes.core.geometry.repairs import Repairs
from neural_shapes.core.geometry.surface_boundary import SurfaceBoundary
from neural_shapes.core.neural_shape import Key, NeuralShape, Provenance
from neural_shapes.core.shape_file import ShapeFileError, from_bytes, load, save, to_bytes

MUTATIONS = 4000


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
    levels = (Level(_siren(8, 1, 0), 0.03), Level(_siren(6, 2, 1), 0.01, ResidualBand(0.01, 0.02, 0.04)))
    provenance = Provenance(
        source="häse.obj",
        source_digest="0f" * 16,
        recipe="standard",
        seed=7,
        steps=3200,
        threads=2,
        device="cuda",
        seconds={"training": 58.5},
        repairs=Repairs(turned=3, hidden=12),
    )
    measures = {"chamfer": 4.2e-4, "components": 1, "failed": "", "hausdorff": math.inf}
    return NeuralShape(NestedField(levels), Placement((1.0, -2.0, 1e6), 1e-6), provenance, measures)


@pytest.fixture(scope="module")
def data(shape: NeuralShape) -> bytes:
    return to_bytes(shape)


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


def _arrays(shape: NeuralShape) -> dict[str, np.ndarray]:
    return {
        f"level{place}.{kind}{layer}": array
        for place, level in enumerate(shape.field.levels)
        for kind, arrays in (("weight", level.network.weights), ("bias", level.network.biases))
        for layer, array in enumerate(arrays)
    }


def _assert_same(result: NeuralShape, expected: NeuralShape) -> None:
    assert result.placement == expected.placement
    assert result.provenance == expected.provenance
    assert result.measures == expected.measures
    assert result.field.thresholds == expected.field.thresholds
    for level, original in zip(result.field.levels, expected.field.levels, strict=True):
        assert level.band == original.band
        assert level.network.first_omega == original.network.first_omega
        assert level.network.hidden_omega == original.network.hidden_omega
    for name, array in _arrays(result).items():
        np.testing.assert_array_equal(array, _arrays(expected)[name])


def _with_header(data: bytes, change: dict | bytes) -> bytes:
    """The file with entries of its header replaced, or with a whole header of other bytes."""
    length = int.from_bytes(data[:8], "little")
    encoded = change
    if isinstance(change, dict):
        encoded = json.dumps({**json.loads(data[8 : 8 + length]), **change}).encode()
    return len(encoded).to_bytes(8, "little") + encoded + data[8 + length :]


def _description(data: bytes) -> dict:
    length = int.from_bytes(data[:8], "little")
    return json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["neural_shapes"])


def _with_description(data: bytes, **change: object) -> bytes:
    description = {**_description(data), **change}
    return _with_header(data, {"__metadata__": {"neural_shapes": json.dumps(description)}})


def test_a_file_of_before_repairs_were_noted_has_none(shape, data):
    provenance = _description(data)["provenance"]
    del provenance["repairs"]
    read = from_bytes(_with_description(data, provenance=provenance)).provenance
    assert read == replace(shape.provenance, repairs=Repairs())


def _assert_one_sentence(error: ShapeFileError) -> None:
    text = str(error)
    assert 0 < len(text) < 300
    assert text.endswith(".")
    assert "\n" not in text


def test_a_shape_comes_back_as_it_went(shape, data):
    _assert_same(from_bytes(data), shape)


def test_a_boundary_comes_back_as_it_went_and_older_versions_ignore_it(shape, data):
    generator = np.random.default_rng(4)
    arrays = [generator.normal(size=size).astype(np.float32) for size in ((5, 2, 3), (5, 3), (5, 3))]
    packed = to_bytes(replace(shape, boundary=SurfaceBoundary(*arrays)))
    result = from_bytes(packed)
    for found, expected in zip(asdict(result.boundary).values(), arrays, strict=True):
        np.testing.assert_array_equal(found, expected)
    assert _description(packed)["version"] == 1
    assert from_bytes(data).boundary is None
    truncated = [arrays[0][:4], *arrays[1:]]
    names = ("boundary.ends", "boundary.inward", "boundary.normals")
    length = int.from_bytes(packed[:8], "little")
    metadata = json.loads(packed[8 : 8 + length])["__metadata__"]
    wrong = {**_arrays(shape), **dict(zip(names, truncated, strict=True))}
    with pytest.raises(ShapeFileError, match="damaged"):
        from_bytes(safetensors.numpy.save(wrong, metadata))


def test_a_loaded_shape_is_the_same_bytes_again(data):
    assert to_bytes(from_bytes(data)) == data


def test_a_morph_comes_back_as_it_went(morph):
    result = from_bytes(to_bytes(morph))
    assert result.keys == morph.keys
    assert result.field.times == morph.field.times
    assert result.over_time["time"] == morph.over_time["time"]
    assert math.isnan(result.over_time["volume"][1])
    points = np.random.default_rng(0).uniform(-1, 1, (50, 4)).astype(np.float32)
    points[:, 3] = np.linspace(0, 1, 50)
    for part, original in zip(
        result.field.value_and_gradient(points), morph.field.value_and_gradient(points), strict=True
    ):
        np.testing.assert_array_equal(part, original)
    np.testing.assert_array_equal(
        result.field.velocity(points[:, :3], 0.1), morph.field.velocity(points[:, :3], 0.1)
    )
    assert to_bytes(result) == to_bytes(morph)


def test_static_shapes_are_still_written_for_older_versions(data, morph):
    assert _description(data)["version"] == 1
    assert _description(to_bytes(morph))["version"] == 2


def test_a_morph_of_damaged_segments_keys_or_times_is_refused(morph):
    data = to_bytes(morph)
    description = _description(data)
    for change in (
        {"times": [0.0, 1.0]},
        {"times": [0.0, 0.0, 1.0]},
        {"times": [0.0, math.nan, 1.0]},
        {"keys": description["keys"][:2]},
        {"keys": [{**key, "shrinkage": 0} for key in description["keys"]]},
        {"keys": [{**key, "centre": [0, 0]} for key in description["keys"]]},
        {"segments": []},
        {"segments": description["segments"][::-1]},
        {"segments": [{**description["segments"][0], "kind": "other"}, description["segments"][1]]},
        {"over_time": {"time": [None]}},
        {"over_time": [1]},
    ):
        with pytest.raises(ShapeFileError) as refusal:
            from_bytes(_with_description(data, **change))
        _assert_one_sentence(refusal.value)


def test_junk_anywhere_in_a_morph_is_refused_or_still_a_valid_shape(morph):
    data = to_bytes(morph)
    for path in _places(_description(data)):
        for junk in JUNK:
            description = _description(data)
            node = description
            for key in path[:-1]:
                node = node[key]
            node[path[-1]] = junk
            try:
                result = from_bytes(_with_description(data, **description))
            except ShapeFileError as error:
                _assert_one_sentence(error)
            else:
                if result.changes_over_time:
                    to_bytes(result.at_time(0.5, true_volume=True))


def test_a_shape_is_static_at_a_time_and_only_one_that_changes_has_times(shape, morph):
    still = from_bytes(to_bytes(morph.at_time(0.7)))
    assert not still.changes_over_time
    with pytest.raises(NeuralShapesError, match="does not change over time"):
        shape.at_time(0.5)


def test_the_safetensors_package_reads_what_is_written(shape, data):
    loaded = safetensors.numpy.load(data)
    assert loaded.keys() == _arrays(shape).keys()
    for name, array in loaded.items():
        np.testing.assert_array_equal(array, _arrays(shape)[name])


def test_what_the_safetensors_package_writes_is_read(shape, data):
    length = int.from_bytes(data[:8], "little")
    metadata = json.loads(data[8 : 8 + length])["__metadata__"]
    _assert_same(from_bytes(safetensors.numpy.save(_arrays(shape), metadata)), shape)


def test_every_truncation_is_refused(data):
    for length in range(0, len(data), 3):
        with pytest.raises(ShapeFileError) as refusal:
            from_bytes(data[:length])
        _assert_one_sentence(refusal.value)


def test_random_damage_is_refused_or_still_a_valid_shape(data):
    generator = np.random.default_rng(0)
    header_length = 8 + int.from_bytes(data[:8], "little")
    refused = 0
    for _ in range(MUTATIONS):
        damaged = bytearray(data)
        for place in generator.integers(header_length, size=generator.integers(1, 4)):
            damaged[place] = generator.integers(256)
        try:
            result = from_bytes(bytes(damaged))
        except ShapeFileError as error:
            _assert_one_sentence(error)
            refused += 1
        else:
            points = np.zeros((2, result.field.dimension), dtype=np.float32)
            assert result.field.value(points).shape == (2,)
            to_bytes(result)
    assert refused > MUTATIONS / 2


JUNK = [
    None,
    [],
    {},
    "text",
    "",
    -1,
    0,
    True,
    0.5,
    1e308,
    10**400,
    math.nan,
    -math.inf,
    [[]],
    {"a": [1]},
    2**63,
]


def _places(node: object, path: tuple = ()) -> list[tuple]:
    """The paths of all nodes of a JSON tree but its root."""
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [place for key, child in entries for place in ((*path, key), *_places(child, (*path, key)))]


def test_junk_anywhere_in_the_description_is_refused_or_still_a_valid_shape(data):
    length = int.from_bytes(data[:8], "little")
    text = json.loads(data[8 : 8 + length])["__metadata__"]["neural_shapes"]
    for path in _places(json.loads(text)):
        for junk in JUNK:
            description = json.loads(text)
            node = description
            for key in path[:-1]:
                node = node[key]
            node[path[-1]] = junk
            try:
                result = from_bytes(_with_description(data, **description))
            except ShapeFileError as error:
                _assert_one_sentence(error)
            else:
                assert math.isfinite(result.placement.scale)
                assert all(math.isfinite(threshold) for threshold in result.field.thresholds)
                to_bytes(result)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_weights_that_are_no_numbers_are_refused(value, shape):
    weights = [weight.copy() for weight in shape.field.levels[0].network.weights]
    weights[1][2, 3] = value
    network = replace(shape.field.levels[0].network, weights=tuple(weights))
    bad = replace(shape, field=NestedField((Level(network, 0.1),)))
    with pytest.raises(ShapeFileError, match="not finite"):
        from_bytes(to_bytes(bad))


@pytest.mark.parametrize(
    "value",
    [None, [], {}, "text", -1, 0, True, 1.5, 10**400, math.nan, math.inf, [[]], {"a": []}, [None], [1, 2, 3]],
    ids=str,
)
@pytest.mark.parametrize("key", ["version", "levels", "placement", "provenance", "measures"])
def test_a_description_with_anything_in_place_of_an_entry_is_refused_or_valid(key, value, data):
    try:
        result = from_bytes(_with_description(data, **{key: value}))
    except ShapeFileError as error:
        _assert_one_sentence(error)
    else:
        assert isinstance(result, NeuralShape)
        assert (key, value) == ("measures", {})


def test_a_newer_file_asks_for_an_update(data):
    with pytest.raises(ShapeFileError, match=r"newer version.*update"):
        from_bytes(_with_description(data, version=shape_file.VERSION + 1))


def test_a_foreign_safetensors_file_is_named_as_such():
    with pytest.raises(ShapeFileError, match="not a neural shape"):
        from_bytes(safetensors.numpy.save({"weight": np.zeros(3, dtype=np.float32)}))


def test_arrays_that_overlap_or_point_elsewhere_are_refused(data):
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    entry = header["level0.weight0"]
    for change in (
        {"data_offsets": [0, 10**9]},
        {"data_offsets": [-96, 0]},
        {"data_offsets": [96, 0]},
        {"data_offsets": [0.0, 96.0]},
        {"data_offsets": "ab"},
        {"shape": [2**40, 2**40]},
        {"shape": [-8, -3]},
        {"shape": []},
        {"shape": None},
        {"dtype": "F64"},
        {"dtype": ["F32"]},
    ):
        with pytest.raises(ShapeFileError) as refusal:
            from_bytes(_with_header(data, {"level0.weight0": {**entry, **change}}))
        _assert_one_sentence(refusal.value)


def test_a_header_that_nests_without_end_is_refused(data):
    with pytest.raises(ShapeFileError):
        from_bytes(_with_header(data, b"[" * 200_000))


def test_a_pickle_is_refused_unread():
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("the pickle was read",))

    with pytest.raises(ShapeFileError):
        from_bytes(pickle.dumps(Trap()))


def test_a_file_is_written_as_a_whole(shape, data, tmp_path):
    path = tmp_path / "rabbit.neural"
    assert save(shape, path) == len(data)
    assert path.read_bytes() == data
    _assert_same(load(path), shape)
    assert os.listdir(tmp_path) == ["rabbit.neural"]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(shape, tmp_path, monkeypatch):
    path = tmp_path / "rabbit.neural"
    path.write_bytes(b"old")

    def disk_full(self: Path, data: bytes) -> int:
        with open(self, "wb") as file:
            file.write(data[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", disk_full)
    with pytest.raises(ShapeFileError, match="could not be written: No space left on device"):
        save(shape, path)
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["rabbit.neural"]


def test_files_that_cannot_be_read_or_written_are_named(shape, tmp_path):
    with pytest.raises(ShapeFileError, match=r"missing\.neural could not be read: No such file"):
        load(tmp_path / "missing.neural")
    with pytest.raises(ShapeFileError, match="could not be read: Is a directory"):
        load(tmp_path)
    with pytest.raises(ShapeFileError, match="could not be written: No such file or directory"):
        save(shape, tmp_path / "nowhere" / "rabbit.neural")
