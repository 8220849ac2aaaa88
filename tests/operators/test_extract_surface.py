"""Extract Surface: a neural shape's mesh at any resolution, level and offset."""

import numpy as np
import pytest
from neural_shapes.scene import neural_shape
from neural_shapes.scene.object_mesh import triangle_mesh


@pytest.fixture
def extract(trained):
    """Extracts with these settings and returns the surface in object space."""

    def run(**settings):
        extraction = trained.context.scene.neural_shapes.extraction
        for name, value in {"resolution": 32, "level": -1, "offset": 0.0, "faces": 0, **settings}.items():
            setattr(extraction, name, value)
        assert trained.ops.neural_shapes.extract_surface() == {"FINISHED"}
        return triangle_mesh(trained.context.object, trained.context.evaluated_depsgraph_get())

    return run


def test_twice_the_resolution_makes_four_times_the_faces(extract):
    assert len(extract(resolution=48).faces) / len(extract(resolution=24).faces) == pytest.approx(4, rel=0.25)


def test_levels_differ_and_the_finest_is_the_default(extract):
    finest = extract()
    np.testing.assert_array_equal(extract(level=1).vertices, finest.vertices)
    assert not np.array_equal(extract(level=0).vertices, finest.vertices)


def test_an_offset_moves_the_surface_outwards(extract):
    inner, outer = extract(offset=-0.05), extract(offset=0.05)
    growth = np.ptp(outer.vertices, axis=0) - np.ptp(inner.vertices, axis=0)
    assert (growth > 0.05).all()


def test_faces_can_be_limited(extract):
    assert len(extract(faces=600).faces) == pytest.approx(600, rel=0.1)


def test_the_surface_is_smooth_and_keeps_its_materials(trained, extract):
    holder = trained.context.object
    holder.data.materials.append(trained.data.materials.new("Clay"))
    extract()
    assert holder.data.materials[0].name == "Clay"
    assert holder.data.polygons[0].use_smooth


def test_a_level_that_does_not_exist_is_refused_and_the_mesh_stays(trained, extract):
    mesh = trained.context.object.data
    with pytest.raises(RuntimeError, match="no level 5"):
        extract(level=5)
    assert trained.context.object.data == mesh


def test_a_damaged_shape_is_refused_and_the_mesh_stays(trained, extract):
    holder = trained.context.object
    mesh = holder.data
    data = holder[neural_shape.PROPERTY]["bytes"]
    holder[neural_shape.PROPERTY] = {"bytes": data[:-10], "uuid": "other"}
    with pytest.raises(RuntimeError, match="truncated"):
        extract()
    assert holder.data == mesh


def test_a_linked_shape_is_refused_until_it_is_local(blender, trained_file):
    with blender.data.libraries.load(str(trained_file), link=True) as (_, wanted):
        wanted.objects = ["Suzanne Neural"]
    linked = wanted.objects[0]
    blender.context.collection.objects.link(linked)
    blender.context.view_layer.objects.active = linked
    blender.context.scene.neural_shapes.extraction.resolution = 16
    with pytest.raises(RuntimeError, match="make it local first"):
        blender.ops.neural_shapes.extract_surface()
    assert not blender.ops.neural_shapes.remove_shape.poll()
    linked.select_set(True)
    blender.ops.object.make_local(type="SELECT_OBDATA")
    assert blender.ops.neural_shapes.extract_surface() == {"FINISHED"}
