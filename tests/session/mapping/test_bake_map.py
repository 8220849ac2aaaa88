"""Bake Map: an image that gives a renderer the shape's normals back, wired where it belongs."""

import bpy
import numpy as np
import pytest
from neural_shapes.core.errors import NeuralShapesError
from neural_shapes.core.mapping.texels import rasterise
from neural_shapes.scene import neural_shape
from neural_shapes.scene.bake_target import read_bake_target
from neural_shapes.scene.map_images import MASKED_SHARE
from neural_shapes.session import baking as session_baking

SIZE = 64
DEGREES = {"8": 1.0, "16": 0.1, "32": 0.1}


@pytest.fixture
def baking(scene):
    settings = scene.settings.baking
    settings.width = settings.height = SIZE
    settings.margin = 2
    return settings


def pixels(image) -> np.ndarray:
    """An image's colours (H, W, 3), row 0 at the bottom."""
    width, height = image.size
    result = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(result)
    return result.reshape(height, width, 4)[..., :3]


def texel_frames(target) -> tuple[np.ndarray, ...]:
    """Texels inside the UV layout, their points, and tangents, bitangents and normals as Blender has them."""
    triangles, _ = read_bake_target(target, bpy.context.evaluated_depsgraph_get(), with_tangents=True)
    samples = rasterise(triangles.uvs, SIZE, range(SIZE), SIZE)

    def at_texels(corners):
        return np.einsum("nk,nkv->nv", samples.barycentric, corners[samples.triangles])

    normals, tangents = at_texels(triangles.normals), at_texels(triangles.tangents)
    bitangents = np.sign(tangents[:, 3:]) * np.cross(normals, tangents[:, :3])
    return samples.texels, at_texels(triangles.positions), tangents[:, :3], bitangents, normals


def rendered_normals(target, image) -> tuple[np.ndarray, np.ndarray]:
    """Points of the target, and the normals that a renderer has there by the tangent-space map."""
    texels, points, tangents, bitangents, normals = texel_frames(target)
    x, y, z = (2 * pixels(image).reshape(-1, 3)[texels] - 1).T
    rendered = x[:, None] * tangents + y[:, None] * bitangents + z[:, None] * normals
    return points, rendered / np.linalg.norm(rendered, axis=1, keepdims=True)


@pytest.mark.parametrize("bits", DEGREES)
def test_a_tangent_map_gives_a_renderer_the_shapes_normals(scene, baking, degrees_between, bits):
    target = scene.target()
    target.data.shade_smooth()
    baking.bits = bits
    assert bpy.ops.neural_shapes.bake_map() == {"FINISHED"}
    image = bpy.data.images["Low Normal"]
    assert image.packed_file is not None
    assert image.is_float == (bits != "8")
    assert image.colorspace_settings.name == "Non-Color"
    assert image[MASKED_SHARE] == 0
    points, rendered = rendered_normals(target, image)
    assert degrees_between(rendered, scene.true_normals(target, points)).mean() < DEGREES[bits]


def test_an_ngon_is_baked_like_any_other_face(scene, baking, degrees_between):
    target = scene.target()
    target.data.shade_smooth()
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.mesh.dissolve_limited(angle_limit=0.5)
    bpy.ops.object.mode_set(mode="OBJECT")
    assert max(polygon.loop_total for polygon in target.data.polygons) > 4
    bpy.ops.neural_shapes.bake_map()
    points, rendered = rendered_normals(target, bpy.data.images["Low Normal"])
    assert degrees_between(rendered, scene.true_normals(target, points)).mean() < 3


def test_an_object_map_holds_the_normals_themselves(scene, baking, degrees_between):
    target = scene.target()
    baking.space, baking.bits = "object", "16"
    bpy.ops.neural_shapes.bake_map()
    texels, points, *_ = texel_frames(target)
    baked = 2 * pixels(bpy.data.images["Low Normal"]).reshape(-1, 3)[texels] - 1
    baked /= np.linalg.norm(baked, axis=1, keepdims=True)
    assert degrees_between(baked, scene.true_normals(target, points)).mean() < DEGREES["16"]


def test_a_displacement_map_moves_points_onto_the_ellipsoid(scene, baking):
    target = scene.target(offset=0.02)
    target.data.shade_smooth()
    baking.attribute, baking.bits = "displacement", "16"
    bpy.ops.neural_shapes.bake_map()
    node = next(n for n in target.active_material.node_tree.nodes if n.bl_idname == "ShaderNodeDisplacement")
    texels, points, _, _, normals = texel_frames(target)
    heights = pixels(bpy.data.images["Low Displacement"]).reshape(-1, 3)[texels, :1]
    ways = (heights - node.inputs["Midlevel"].default_value) * node.inputs["Scale"].default_value
    moved = points + ways * normals / np.linalg.norm(normals, axis=1, keepdims=True)
    assert np.abs(ellipsoid_value(scene, moved)).mean() < 0.02 * np.abs(ellipsoid_value(scene, points)).mean()


def ellipsoid_value(scene, points: np.ndarray) -> np.ndarray:
    shape = neural_shape.read(scene.holder)
    return shape.field.value(shape.placement.to_domain(points))


@pytest.mark.parametrize("attribute", ["curvature", "cavity"])
def test_curvature_and_cavity_are_baked_and_left_for_the_artist_to_use(scene, baking, attribute):
    target = scene.target()
    baking.attribute = attribute
    bpy.ops.neural_shapes.bake_map()
    image = bpy.data.images[f"Low {attribute.capitalize()}"]
    texels, *_ = texel_frames(target)
    colours = pixels(image).reshape(-1, 3)[texels]
    # An ellipsoid is convex all over.
    assert colours.min() > 0.5 if attribute == "curvature" else colours.min() == 1
    nodes = target.active_material.node_tree.nodes
    assert [node.image for node in nodes if node.bl_idname == "ShaderNodeTexImage"] == [image]


def test_the_map_is_wired_once_and_a_second_bake_takes_the_firsts_place(scene, baking):
    target = scene.target()
    material = bpy.data.materials.new("Paint")
    target.data.materials.append(material)
    bpy.ops.neural_shapes.bake_map()
    count = len(material.node_tree.nodes)
    first = pixels(bpy.data.images["Low Normal"])
    baking.space = "object"
    bpy.ops.neural_shapes.bake_map()
    assert [image.name for image in bpy.data.images] == ["Low Normal"]
    assert len(material.node_tree.nodes) == count
    shader = next(n for n in material.node_tree.nodes if n.bl_idname == "ShaderNodeBsdfPrincipled")
    normal_map = shader.inputs["Normal"].links[0].from_node
    assert normal_map.space == "OBJECT"
    assert normal_map.inputs["Color"].links[0].from_node.image.name == "Low Normal"
    assert np.abs(pixels(bpy.data.images["Low Normal"]) - first).max() > 0.1


def test_targets_that_share_a_material_get_one_each_and_others_keep_it(scene, baking):
    shared = bpy.data.materials.new("Shared")
    first, second, bystander = (scene.target(name=name) for name in ("First", "Second", "Bystander"))
    for target in (first, second, bystander):
        target.data.materials.append(shared)
    bystander.select_set(False)
    first.select_set(True)
    second.select_set(True)
    node_count = len(shared.node_tree.nodes) if shared.node_tree else 0
    bpy.ops.neural_shapes.bake_map()
    assert bystander.active_material == shared
    assert (len(shared.node_tree.nodes) if shared.node_tree else 0) == node_count
    for target in (first, second):
        (texture,) = [
            node for node in target.active_material.node_tree.nodes if node.bl_idname == "ShaderNodeTexImage"
        ]
        assert texture.image.name == f"{target.name} Normal"


def test_a_linked_mesh_is_baked_only_without_its_material(scene, baking, tmp_path):
    target = scene.target()
    path = str(tmp_path / "library.blend")
    bpy.data.libraries.write(path, {target})
    bpy.data.objects.remove(target)
    with bpy.data.libraries.load(path, link=True) as (_, here):
        here.objects = ["Low"]
    linked = here.objects[0]
    bpy.context.scene.collection.objects.link(linked)
    linked.select_set(True)
    bpy.context.view_layer.update()
    with pytest.raises(RuntimeError, match="Use in Material"):
        bpy.ops.neural_shapes.bake_map()
    baking.wire = False
    assert bpy.ops.neural_shapes.bake_map() == {"FINISHED"}


def test_another_image_of_the_name_is_left_alone_and_so_are_materials_on_request(scene, baking):
    scene.target()
    other = bpy.data.images.new("Low Normal", 8, 8)
    baking.wire = False
    bpy.ops.neural_shapes.bake_map()
    assert tuple(other.size) == (8, 8)
    assert len(bpy.data.images) == 2
    assert not bpy.data.materials


@pytest.mark.parametrize(("bits", "suffix"), [("8", ".png"), ("16", ".png"), ("32", ".exr")])
def test_a_map_is_saved_into_a_folder(scene, baking, tmp_path, degrees_between, bits, suffix):
    target = scene.target()
    target.data.shade_smooth()
    baking.folder, baking.bits = str(tmp_path), bits
    bpy.ops.neural_shapes.bake_map()
    assert [path.name for path in tmp_path.iterdir()] == [f"Low_Normal{suffix}"]
    image = bpy.data.images["Low Normal"]
    assert image.packed_file is None
    points, rendered = rendered_normals(target, image)
    assert degrees_between(rendered, scene.true_normals(target, points)).mean() < DEGREES[bits]


def test_the_pose_of_a_rig_does_not_change_the_map(scene, baking):
    target = scene.target()
    bpy.ops.neural_shapes.bake_map()
    first = pixels(bpy.data.images["Low Normal"])
    target.shape_key_add(name="Basis")
    key = target.shape_key_add(name="Key")
    for point in key.data:
        point.co.z += 5
    key.value = 1.0
    lattice = bpy.data.objects.new("Lattice", bpy.data.lattices.new("Lattice"))
    bpy.context.scene.collection.objects.link(lattice)
    target.modifiers.new("Lattice", "LATTICE").object = lattice
    bpy.ops.neural_shapes.bake_map()
    np.testing.assert_array_equal(pixels(bpy.data.images["Low Normal"]), first)


def test_a_map_that_is_too_large_to_be_sent_is_refused_before_it_is_baked(scene, baking, monkeypatch):
    scene.target()
    baking.width = baking.height = 16384
    baking.bits = "32"
    with pytest.raises(RuntimeError, match=r"16384 × 16384 pixels with 32 bits a channel takes 3\.0 GB"):
        bpy.ops.neural_shapes.bake_map()
    submitted = []

    def submit(*arguments):
        submitted.append(arguments)
        raise NeuralShapesError("Submitted.")

    monkeypatch.setattr(session_baking, "submit", submit)
    for attribute, bits in (("normal", "16"), ("displacement", "32")):
        baking.attribute, baking.bits = attribute, bits
        with pytest.raises(RuntimeError, match="Submitted"):
            bpy.ops.neural_shapes.bake_map()
    assert len(submitted) == 2


def test_what_cannot_be_baked_is_said_in_a_sentence_and_changes_nothing(scene, baking, tmp_path):
    target = scene.target()
    bake = bpy.ops.neural_shapes.bake_map
    baking.folder = str(tmp_path / "missing")
    with pytest.raises(RuntimeError, match="folder"):
        bake()
    baking.folder = ""
    for loop in target.data.uv_layers.active.uv:
        loop.vector.x += 5
    with pytest.raises(RuntimeError, match="UV"):
        bake()
    target.data.uv_layers.remove(target.data.uv_layers.active)
    with pytest.raises(RuntimeError, match="unwrap"):
        bake()
    assert not bpy.data.images
    assert not bpy.data.materials


def test_a_full_disk_is_said_in_a_sentence(scene, baking):
    scene.target()
    for bits in ("8", "32"):
        baking.bits, baking.folder = bits, "/proc"
        with pytest.raises(RuntimeError, match="could not be written"):
            bpy.ops.neural_shapes.bake_map()
    assert not bpy.data.images
