"""What is wrong with a shape file is one sentence, and no junk in one makes a shape that cannot be used."""

import math
import pickle
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import safetensors.numpy
from neural_shapes.core import shape_file
from neural_shapes.core.fields.nested import Level, NestedField
from neural_shapes.core.neural_shape import NeuralShape
from neural_shapes.core.shape_file import ShapeFileError, from_bytes, to_bytes

MUTATIONS = 4000
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


def _assert_one_sentence(error: ShapeFileError) -> None:
    text = str(error)
    assert 0 < len(text) < 300
    assert text.endswith(".")
    assert "\n" not in text


def _places(node: object, path: tuple = ()) -> list[tuple]:
    """The paths of all nodes of a JSON tree but its root."""
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [place for key, child in entries for place in ((*path, key), *_places(child, (*path, key)))]


def _read_with_junk(data) -> Iterator[NeuralShape]:
    """The shapes that are read with one place of the description replaced by junk; others are refused."""
    for path in _places(data.description):
        for junk in JUNK:
            description = data.description
            node = description
            for key in path[:-1]:
                node = node[key]
            node[path[-1]] = junk
            try:
                yield from_bytes(data.with_description(**description))
            except ShapeFileError as error:
                _assert_one_sentence(error)


def test_a_morph_of_damaged_segments_keys_or_times_is_refused(morph, write):
    data = write(morph)
    description = data.description
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
            from_bytes(data.with_description(**change))
        _assert_one_sentence(refusal.value)


def test_junk_anywhere_in_a_morph_is_refused_or_still_a_valid_shape(morph, write):
    for result in _read_with_junk(write(morph)):
        if result.changes_over_time:
            to_bytes(result.at_time(0.5, true_volume=True))


def test_every_truncation_is_refused(data):
    for length in range(0, len(data), 3):
        with pytest.raises(ShapeFileError) as refusal:
            from_bytes(data[:length])
        _assert_one_sentence(refusal.value)


def test_random_damage_is_refused_or_still_a_valid_shape(data):
    generator = np.random.default_rng(0)
    refused = 0
    for _ in range(MUTATIONS):
        damaged = bytearray(data)
        for place in generator.integers(data.header_end, size=generator.integers(1, 4)):
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


def test_junk_anywhere_in_the_description_is_refused_or_still_a_valid_shape(data):
    for result in _read_with_junk(data):
        assert math.isfinite(result.placement.scale)
        assert all(math.isfinite(threshold) for threshold in result.field.thresholds)
        sentence, figures = result.measures.get("failed", ""), {**result.measures, "failed": 0}
        assert isinstance(sentence, str)
        assert all(f"{figure:.2%}" for figure in figures.values())
        to_bytes(result)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_weights_that_are_no_numbers_are_neither_written_nor_read(value, shape, data):
    weights = [weight.copy() for weight in shape.field.levels[0].network.weights]
    weights[1][2, 3] = value
    network = replace(shape.field.levels[0].network, weights=tuple(weights))
    bad = replace(shape, field=NestedField((Level(network, 0.1),)))
    with pytest.raises(ShapeFileError, match=r"cannot be kept.* not finite") as refusal:
        to_bytes(bad)
    _assert_one_sentence(refusal.value)
    damaged = data[:-4] + np.float32(value).tobytes()
    with pytest.raises(ShapeFileError, match=r"damaged.* not finite"):
        from_bytes(damaged)


@pytest.mark.parametrize(
    "value",
    [None, [], {}, "text", -1, 0, True, 1.5, 10**400, math.nan, math.inf, [[]], {"a": []}, [None], [1, 2, 3]],
    ids=str,
)
@pytest.mark.parametrize("key", ["version", "levels", "placement", "provenance", "measures"])
def test_a_description_with_anything_in_place_of_an_entry_is_refused_or_valid(key, value, data):
    try:
        result = from_bytes(data.with_description(**{key: value}))
    except ShapeFileError as error:
        _assert_one_sentence(error)
    else:
        assert isinstance(result, NeuralShape)
        assert (key, value) == ("measures", {})


def test_a_newer_file_asks_for_an_update(data):
    with pytest.raises(ShapeFileError, match=r"newer version.*update"):
        from_bytes(data.with_description(version=shape_file.VERSION + 1))


def test_a_foreign_safetensors_file_is_named_as_such():
    with pytest.raises(ShapeFileError, match="not a neural shape"):
        from_bytes(safetensors.numpy.save({"weight": np.zeros(3, dtype=np.float32)}))


def test_arrays_that_overlap_or_point_elsewhere_are_refused(data):
    entry = data.header["level0.weight0"]
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
            from_bytes(data.with_header_entries({"level0.weight0": {**entry, **change}}))
        _assert_one_sentence(refusal.value)


@pytest.mark.parametrize("shape_of_weights", [[24], [1, 24], [3, 8], [1, 8, 3], [8, 3, 1]], ids=str)
def test_arrays_of_as_many_numbers_and_another_shape_are_refused(data, shape_of_weights):
    entry = data.header["level0.weight0"]
    assert entry["shape"] == [8, 3]
    with pytest.raises(ShapeFileError) as refusal:
        from_bytes(data.with_header_entries({"level0.weight0": {**entry, "shape": shape_of_weights}}))
    _assert_one_sentence(refusal.value)


def test_a_header_that_nests_without_end_is_refused(data):
    with pytest.raises(ShapeFileError):
        from_bytes(data.with_header(b"[" * 200_000))


def test_a_pickle_is_refused_unread():
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("the pickle was read",))

    with pytest.raises(ShapeFileError):
        from_bytes(pickle.dumps(Trap()))
