"""Objects with a neural shape are shown as the viewport would show their mesh."""

from types import SimpleNamespace

import bpy  # noqa: F401  makes addon_utils importable for the fixture blender
import numpy as np
import pytest


@pytest.fixture
def context(blender):
    """What a draw handler finds in its context, with the home file's viewport."""
    areas = [area for screen in blender.data.screens for area in screen.areas]
    found = [area.spaces.active for area in areas if area.type == "VIEW_3D"]
    return SimpleNamespace(
        view_layer=blender.context.view_layer,
        scene=blender.context.scene,
        space_data=found[0],
        preferences=blender.context.preferences,
        evaluated_depsgraph_get=blender.context.evaluated_depsgraph_get,
    )


@pytest.fixture
def add(blender, load_shape, context):
    """Adds a previewed object with one of the test shapes."""
    from neural_shapes.scene import neural_shape
    from neural_shapes.scene.preview_properties import set_previewed

    def add_object(name="residual"):
        blender.ops.mesh.primitive_cube_add()
        holder = blender.context.object
        neural_shape.store(holder, load_shape(name))
        set_previewed(holder, True)
        blender.context.view_layer.update()
        return holder

    return add_object


@pytest.fixture
def shown(context):
    """The visible shapes, by their keys; problems land in ``shown.problems``."""
    from neural_shapes.viewport.visible_shapes import visible_shapes

    def observe(versions=None):
        observe.problems = {}
        shapes = visible_shapes(context, observe.problems, versions or {})
        return {shape.key: shape for shape in shapes}

    return observe


def test_only_previewed_and_visible_shapes_are_shown(blender, add, shown):
    from neural_shapes.scene.preview_properties import set_previewed

    holder, hidden, off = add(), add(), add()
    hidden.hide_set(True)
    set_previewed(off, False)
    assert set(shown()) == {str(holder.session_uid)}
    collection = blender.data.collections.new("Hidden")
    blender.context.scene.collection.children.link(collection)
    blender.context.scene.collection.objects.unlink(holder)
    collection.objects.link(holder)
    collection.hide_viewport = True
    blender.context.view_layer.update()
    assert shown() == {}


def test_the_mesh_shows_as_bounds_while_it_is_previewed(add):
    from neural_shapes.scene.preview_properties import set_previewed

    holder = add()
    assert holder.display_type == "BOUNDS"
    set_previewed(holder, True)
    set_previewed(holder, False)
    assert holder.display_type == "TEXTURED"
    holder.display_type = "WIRE"
    set_previewed(holder, True)
    set_previewed(holder, False)
    assert holder.display_type == "WIRE"


def test_the_preview_of_a_library_override_is_kept_in_the_file(blender, add, tmp_path):
    from neural_shapes.scene.preview_properties import set_previewed

    library, shot = str(tmp_path / "library.blend"), str(tmp_path / "shot.blend")
    holder = add()
    set_previewed(holder, False)
    holder.display_type = "SOLID"
    holder.name = "Shape"
    blender.ops.wm.save_as_mainfile(filepath=library)
    blender.ops.wm.read_homefile(use_empty=True)
    with blender.data.libraries.load(library, link=True) as (_, wanted):
        wanted.objects = ["Shape"]
    blender.context.scene.collection.objects.link(wanted.objects[0])
    override = wanted.objects[0].override_create(remap_local_usages=True)
    set_previewed(override, True)
    blender.ops.wm.save_as_mainfile(filepath=shot)
    blender.ops.wm.open_mainfile(filepath=shot)
    (override,) = blender.context.scene.objects
    assert override.override_library
    assert override.neural_shapes_preview.enabled
    assert override.display_type == "BOUNDS"
    set_previewed(override, False)
    assert override.display_type == "SOLID"


def test_an_object_follows_its_transform_and_a_duplicate_is_its_own(blender, add, shown):
    holder = add()
    holder.location = (1, 2, 3)
    copy = holder.copy()
    blender.context.scene.collection.objects.link(copy)
    blender.data.objects.remove(holder)
    copy.location = (4, 5, 6)
    blender.context.view_layer.update()
    (shape,) = shown().values()
    np.testing.assert_allclose(shape.matrix_world[:3, 3], (4, 5, 6))


def test_a_damaged_shape_gets_a_sentence(add, shown):
    holder, good = add(), add()
    holder["neural_shape"]["bytes"] = holder["neural_shape"]["bytes"][:-100]
    holder["neural_shape"]["uuid"] = "damaged"
    assert set(shown()) == {str(good.session_uid)}
    assert shown.problems[str(holder.session_uid)].endswith(".")


def test_time_moves_without_new_networks(add, shown):
    holder = add("space_time")
    (early,) = shown().values()
    holder.neural_shapes.time = 0.75
    (late,) = shown().values()
    assert (early.settings.time, late.settings.time) == (0.0, 0.75)
    assert early.networks == late.networks


@pytest.mark.parametrize("by", ["keys", "driver", "strip"])
def test_time_is_that_of_the_frame_whatever_animates_it(blender, add, shown, by):
    from neural_shapes.scene.time_curve import key_times

    holder = add("space_time")
    if by == "driver":
        holder.driver_add("neural_shapes.time").driver.expression = "(frame - 1) / 10"
    else:
        key_times(holder, [(1, 0.0), (11, 1.0)], "LINEAR")
    if by == "strip":
        data = holder.animation_data
        data.nla_tracks.new().strips.new("Morph", 1, data.action)
        data.action = None
    for frame in (4, 9, 4):
        blender.context.scene.frame_set(frame)
        (shape,) = shown().values()
        assert shape.settings.time == pytest.approx((frame - 1) / 10, abs=1e-6)


def test_a_morph_of_segments_shows_the_segment_of_its_time(blender, add, shown, load_shape):
    from neural_shapes.core.fields.space_time import BlendedSegment, SpaceTimeField, TrainedSegment
    from neural_shapes.core.neural_shape import NeuralShape
    from neural_shapes.scene import neural_shape
    from neural_shapes.viewport.visible_shapes import _field_at

    trained = TrainedSegment(load_shape("space_time").field)
    alone = load_shape("independent").field
    blend = BlendedSegment(alone, alone, alone.thresholds)
    shape = load_shape("space_time")
    morph = NeuralShape(SpaceTimeField((trained, blend), (0.0, 0.5, 1.0)), shape.placement)
    field, networks, time = _field_at(morph, "morph", 0.25)
    assert field is trained.field
    assert time == pytest.approx(0.5)
    assert _field_at(morph, "morph", 0.3)[1] == networks
    blended, others, _ = _field_at(morph, "morph", 0.75)
    assert others != networks
    assert _field_at(morph, "morph", 0.8)[1] != others
    points = np.random.default_rng(0).uniform(-1, 1, (50, 3)).astype(np.float32)
    np.testing.assert_allclose(blended.value(points), alone.value(points), atol=1e-5)
    assert neural_shape.has_shape(add())


def test_a_morph_shows_true_volumes_when_told_to(add, shown, load_shape):
    from neural_shapes.core.fields.space_time import SpaceTimeField, TrainedSegment
    from neural_shapes.core.neural_shape import Key, NeuralShape
    from neural_shapes.scene import neural_shape

    shape = load_shape("space_time")
    keys = [Key("mesh", "", shape.placement, 1 / shrinkage**3, shrinkage) for shrinkage in (1.0, 0.5)]
    field = SpaceTimeField((TrainedSegment(shape.field),), (0.0, 1.0))
    holder = add()
    neural_shape.store(holder, NeuralShape(field, shape.placement, keys=tuple(keys)))
    holder.neural_shapes.time = 1.0
    (constant,) = shown().values()
    holder.neural_shapes.true_volume = True
    (true,) = shown().values()
    assert constant.placement.scale == shape.placement.scale
    assert true.placement.scale == pytest.approx(shape.placement.scale / 2)


def test_the_section_cuts_where_its_settings_say(add, shown, context):
    add()
    settings = context.scene.neural_shapes_preview
    settings.look, settings.section_axis, settings.section_position = "SECTION", "Z", 0.25
    (shape,) = shown().values()
    assert shape.settings.cut == (0, 0, 1, 0.25)
    settings.section_flip = True
    (shape,) = shown().values()
    assert shape.settings.cut == (0, 0, -1, -0.25)


def test_the_error_look_reads_the_source_once_per_change(blender, add, shown, context):
    holder = add()
    context.scene.neural_shapes_preview.look = "ERROR"
    (shape,) = shown().values()
    from neural_shapes.viewport.errors import PreviewError

    with pytest.raises(PreviewError, match="source"):
        shape.mesh.read()
    blender.ops.mesh.primitive_ico_sphere_add(subdivisions=1)
    source = blender.context.object
    holder.neural_shapes.source = source.name
    (first,), (again,) = shown().values(), shown().values()
    (changed,) = shown({source.name: 1}).values()
    assert first.mesh.key == again.mesh.key != changed.mesh.key
    assert len(first.mesh.read().faces) == 20


def test_a_grid_is_baked_only_of_what_stays(blender, add, shown, context, load_shape):
    """Neither of the moments of a morph, each a field of its own, nor of networks in training."""
    from neural_shapes.core.fields.space_time import BlendedSegment, SpaceTimeField
    from neural_shapes.core.neural_shape import Key, NeuralShape
    from neural_shapes.scene import neural_shape
    from neural_shapes.viewport.visible_shapes import training_shape

    context.scene.neural_shapes_preview.first_hit = "GRID"
    holder = add("independent")
    (static,) = shown().values()
    assert static.uses_grid
    shape = load_shape("independent")
    assert not training_shape(holder, shape, "step 1", 0.0, context).uses_grid
    blend = BlendedSegment(shape.field, shape.field, shape.field.thresholds)
    keys = (Key("mesh", "", shape.placement, 1.0),) * 2
    morph = NeuralShape(SpaceTimeField((blend,), (0.0, 1.0)), shape.placement, keys=keys)
    neural_shape.store(holder, morph)
    (moment,) = shown().values()
    assert moment.field.dimension == 3
    assert not moment.uses_grid


def test_a_mesh_that_is_hit_needs_no_grid(add, shown, context):
    add()
    settings = context.scene.neural_shapes_preview
    settings.first_hit, settings.look = "GRID", "ERROR"
    (shape,) = shown().values()
    assert shape.mesh is not None
    assert not shape.uses_grid


def test_a_source_that_deforms_over_time_is_read_at_each_frame(blender, add, shown, context):
    from neural_shapes.session.preview import _mesh_versions

    holder = add()
    context.scene.neural_shapes_preview.look = "ERROR"
    blender.ops.mesh.primitive_grid_add()
    source = blender.context.object
    source.modifiers.new("Wave", "WAVE")
    holder.neural_shapes.source = source.name
    blender.context.scene.frame_set(1)
    (before,) = shown(_mesh_versions).values()
    blender.context.scene.frame_set(20)
    (after,) = shown(_mesh_versions).values()
    assert before.mesh.key != after.mesh.key


def test_colour_opacity_and_lights_follow_the_viewport(blender, add, shown, context):
    holder, shading = add(), context.space_data.shading
    context.space_data.overlay.show_overlays = True
    shading.type, shading.light, shading.color_type = "SOLID", "STUDIO", "OBJECT"
    holder.color = (0.25, 0.5, 0.75, 1)
    (shape,) = shown().values()
    assert shape.appearance.surface == pytest.approx((0.25, 0.5, 0.75))
    assert shape.appearance.opacity == 1
    assert len(shape.appearance.lights) > 0
    assert shape.appearance.outline[3] == 1
    holder.select_set(False)
    shading.show_xray, shading.xray_alpha, shading.light = True, 0.4, "FLAT"
    (shape,) = shown().values()
    assert shape.appearance.opacity == pytest.approx(0.4)
    assert shape.appearance.lights == ()
    assert shape.appearance.outline[3] == 0
    material = blender.data.materials.new("Green")
    material.diffuse_color = (0, 1, 0, 1)
    holder.data.materials.append(material)
    shading.color_type = "MATERIAL"
    (shape,) = shown().values()
    assert shape.appearance.surface == (0, 1, 0)


def test_without_a_window_nothing_listens_and_nothing_breaks(blender):
    """In background the extension draws nothing, and its preview can be let go of all the same."""
    from neural_shapes.session import preview

    assert preview._draw_handlers == []
    preview.leave_file()
    preview.unregister()
