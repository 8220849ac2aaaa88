"""On a bumpy ball that Blender decimates to 2%: neural normals against its own ways to keep detail.

The ball is a network whose normals are known everywhere, so no training's error enters: what is compared is
the mapping alone. Benchmarks compare trained shapes of real scans.
"""

import math

import bpy
import numpy as np
import pytest
from neural_shapes.core.fields.nested import Level, NestedField
from neural_shapes.core.fields.siren import Siren
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.mapping.attributes import Attribute
from neural_shapes.core.mapping.bake import BakeSettings, bake
from neural_shapes.core.mapping.neural_normals import Reach, map_normals
from neural_shapes.core.mapping.projection import project_to_surface
from neural_shapes.core.mapping.transfer import transfer_normals
from neural_shapes.core.mapping.transform import TargetTransform, normalized
from neural_shapes.scene.bake_target import read_bake_target
from neural_shapes.scene.target_mesh import read_corner_normals, read_positions, read_target, write_positions

RADIUS = 0.6
WAVE_NUMBER = 0.2
BUMPS, BUMP_WAVE_NUMBER, BUMP_HEIGHT = 24, 60.0, 0.0015
RATIO = 0.02
IDENTITY = TargetTransform(np.eye(3), np.zeros(3))
SAMPLES = 20_000
MAP_SIZE = 256


def bumpy_ball() -> NestedField:
    """A ball, as a sum of three long cosines, with short ones on top: one layer of a SIREN."""
    generator = np.random.default_rng(0)
    bumps = BUMP_WAVE_NUMBER * normalized(generator.normal(size=(BUMPS, 3)))
    scale = 1 / (WAVE_NUMBER**2 * RADIUS)
    waves = np.concatenate([WAVE_NUMBER * np.eye(3), bumps])
    phases = np.concatenate([np.full(3, math.pi / 2), generator.uniform(0, 2 * math.pi, BUMPS)])
    amplitudes = np.concatenate([np.full(3, -scale), np.full(BUMPS, BUMP_HEIGHT)])
    offset = scale * (3 - (WAVE_NUMBER * RADIUS) ** 2 / 2)
    network = Siren(
        (waves.astype(np.float32), amplitudes[None].astype(np.float32)),
        (phases.astype(np.float32), np.float32([offset])),
        first_omega=1.0,
        hidden_omega=1.0,
    )
    return NestedField((Level(network, 0.05),))


FIELD = bumpy_ball()
REACH = Reach.of_field(FIELD)


def true_normals(points: np.ndarray) -> np.ndarray:
    """The ball's normals at the closest points of its surface."""
    return normalized(project_to_surface(FIELD, points, 5, 0.1, 0.1).gradients)


def mean_degrees(normals: np.ndarray, expected: np.ndarray) -> float:
    cosines = np.einsum("nx,nx->n", normalized(normals), expected)
    return float(np.degrees(np.arccos(np.clip(cosines, -1, 1))).mean())


@pytest.fixture(scope="module")
def meshes():
    """The ball in 82,000 triangles, and Blender's decimation of it, smooth-shaded and unwrapped."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.mesh.primitive_ico_sphere_add(subdivisions=7, radius=RADIUS)
    high = bpy.context.object
    write_positions(high.data, project_to_surface(FIELD, read_positions(high.data), 5, 0.1, 0.1).points)
    high.data.shade_smooth()
    low = bpy.data.objects.new("Low", high.data.copy())
    bpy.context.scene.collection.objects.link(low)
    low.modifiers.new("Decimate", "DECIMATE").ratio = RATIO
    bpy.context.view_layer.objects.active = low
    bpy.ops.object.modifier_apply(modifier="Decimate")
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.uv.smart_project(island_margin=0.01)
    bpy.ops.object.mode_set(mode="OBJECT")
    assert len(low.data.polygons) < 2000
    return high, low


class Surface:
    """Samples of the low-poly surface, uniform by area, and what corners show there."""

    def __init__(self, low) -> None:
        self.target = read_target(low.data, keep_sharp_edges=True)
        corners = self.target.positions[self.target.corners.vertices]
        triangles = TriangleMesh(corners, self.target.triangles)
        generator = np.random.default_rng(1)
        shares = triangles.face_areas / triangles.face_areas.sum()
        self.triangles = generator.choice(len(shares), SAMPLES, p=shares)
        self.barycentric = generator.dirichlet([1, 1, 1], SAMPLES)
        self.points = self.interpolated(corners)
        self.truth = true_normals(self.points)

    def interpolated(self, corner_values: np.ndarray) -> np.ndarray:
        return np.einsum("nk,nkx->nx", self.barycentric, corner_values[self.target.triangles[self.triangles]])

    def error(self, corner_normals: np.ndarray) -> float:
        return mean_degrees(self.interpolated(corner_normals), self.truth)


def data_transfer(high, low) -> np.ndarray:
    """Corner normals by Blender's Data Transfer, nearest face interpolated."""
    modifier = low.modifiers.new("Data Transfer", "DATA_TRANSFER")
    modifier.object, modifier.use_loop_data = high, True
    modifier.data_types_loops, modifier.loop_mapping = {"CUSTOM_NORMAL"}, "POLYINTERP_NEAREST"
    evaluated = low.evaluated_get(bpy.context.evaluated_depsgraph_get())
    normals = read_corner_normals(evaluated.data)
    low.modifiers.remove(modifier)
    return normals


def test_neural_normals_at_points_halve_the_error_of_smooth_ones_and_beat_data_transfer(meshes):
    high, low = meshes
    surface = Surface(low)
    neural = mean_degrees(map_normals(FIELD, surface.points, REACH).normals, surface.truth)
    assert neural <= surface.error(surface.target.normals) / 2
    assert neural <= surface.error(data_transfer(high, low))


def test_neural_custom_normals_beat_data_transfer(meshes):
    high, low = meshes
    surface = Surface(low)
    fitted, masked = transfer_normals(FIELD, surface.target, IDENTITY, REACH)
    assert masked == 0
    assert surface.error(fitted) <= surface.error(data_transfer(high, low))


def test_a_tangent_map_agrees_with_that_of_cycles(meshes):
    high, low = meshes
    target, _ = read_bake_target(low, bpy.context.evaluated_depsgraph_get(), with_tangents=True)
    settings = BakeSettings(Attribute.NORMAL, MAP_SIZE, MAP_SIZE, margin=0)
    baked = bake(FIELD, target, IDENTITY, settings, REACH)
    reference = cycles_map(high, low)
    assert mean_degrees(reference[baked.covered], baked.values[baked.covered]) <= 6


def cycles_map(high, low) -> np.ndarray:
    """Tangent-space normals (H, W, 3) that Cycles bakes from the selected to the active object."""
    image = bpy.data.images.new("Cycles", MAP_SIZE, MAP_SIZE, float_buffer=True, is_data=True)
    material = bpy.data.materials.new("Bake")
    if material.node_tree is None:
        material.use_nodes = True
    texture = material.node_tree.nodes.new("ShaderNodeTexImage")
    texture.image = image
    material.node_tree.nodes.active = texture
    low.data.materials.append(material)
    for chosen in (high, low):
        chosen.select_set(True)
    bpy.context.view_layer.objects.active = low
    bpy.context.scene.render.engine = "CYCLES"
    bpy.context.scene.cycles.samples = 16
    options = {"use_selected_to_active": True, "cage_extrusion": 0.02, "max_ray_distance": 0.04, "margin": 0}
    bpy.ops.object.bake(type="NORMAL", normal_space="TANGENT", **options)
    pixels = np.empty(MAP_SIZE * MAP_SIZE * 4, dtype=np.float32)
    image.pixels.foreach_get(pixels)
    return 2 * pixels.reshape(MAP_SIZE, MAP_SIZE, 4)[..., :3] - 1
