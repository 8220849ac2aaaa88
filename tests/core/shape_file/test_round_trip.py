"""Shape files are safetensors files and come back as they went."""

import math
import os
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from neural_shapes.core.errors import NeuralShapesError
from neural_shapes.core.geometry.repairs import Repairs
from neural_shapes.core.geometry.surface_boundary import SurfaceBoundary
from neural_shapes.core.neural_shape import NeuralShape
from neural_shapes.core.shape_file import ShapeFileError, from_bytes, load, save, to_bytes


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


def test_a_file_of_before_repairs_and_steps_of_levels_were_noted_has_none(shape, data):
    provenance = data.description["provenance"]
    del provenance["repairs"], provenance["steps_of_levels"]
    read = from_bytes(data.with_description(provenance=provenance)).provenance
    assert read == replace(shape.provenance, repairs=Repairs(), steps_of_levels=())


def test_a_shape_comes_back_as_it_went(shape, data):
    _assert_same(from_bytes(data), shape)


def test_a_boundary_comes_back_as_it_went_and_older_versions_ignore_it(shape, data, write):
    generator = np.random.default_rng(4)
    arrays = [generator.normal(size=size).astype(np.float32) for size in ((5, 2, 3), (5, 3), (5, 3))]
    packed = write(replace(shape, boundary=SurfaceBoundary(*arrays)))
    result = from_bytes(packed)
    for found, expected in zip(asdict(result.boundary).values(), arrays, strict=True):
        np.testing.assert_array_equal(found, expected)
    assert packed.description["version"] == 1
    assert from_bytes(data).boundary is None
    truncated = [arrays[0][:4], *arrays[1:]]
    names = ("boundary.ends", "boundary.inward", "boundary.normals")
    wrong = {**_arrays(shape), **dict(zip(names, truncated, strict=True))}
    with pytest.raises(ShapeFileError, match="damaged"):
        from_bytes(safetensors.numpy.save(wrong, packed.metadata))


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


def test_static_shapes_are_still_written_for_older_versions(data, morph, write):
    assert data.description["version"] == 1
    assert write(morph).description["version"] == 2


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
    _assert_same(from_bytes(safetensors.numpy.save(_arrays(shape), data.metadata)), shape)


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
