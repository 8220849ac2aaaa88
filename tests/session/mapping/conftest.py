"""A neural ellipsoid whose normals are known exactly, and low-poly meshes that Blender makes around it."""

import math
from collections.abc import Callable

import bpy
import numpy as np
import pytest
from mathutils import Matrix
from neural_shapes.core.fields.nested import Level, NestedField
from neural_shapes.core.fields.siren import Siren
from neural_shapes.core.geometry.placement import Placement
from neural_shapes.core.neural_shape import NeuralShape
from neural_shapes.scene import neural_shape

# The ellipsoid's half axes in the domain, and its shape's placement.
HALF_AXES = np.array([0.6, 0.45, 0.75])
PLACEMENT = Placement((1.0, 0.0, -0.5), 0.25)

# Cosines of so long a wave are parabolas up to a part in two thousand within the ellipsoid.
WAVE_NUMBER = 0.1
MEAN_HALF_AXIS = 0.6
THRESHOLD = 0.1

SHAPE_MATRIX = Matrix.LocRotScale((3, -1, 2), Matrix.Rotation(0.7, 3, "X").to_quaternion(), (2, 2, 2))


def ellipsoid() -> NeuralShape:
    """sum (p / half axis)^2 = 1 as a network of three cosines, of about unit slope at the surface."""
    waves = WAVE_NUMBER / HALF_AXES
    scale = MEAN_HALF_AXIS / WAVE_NUMBER**2
    network = Siren(
        (np.diag(waves).astype(np.float32), np.full((1, 3), -scale, np.float32)),
        (np.full(3, math.pi / 2, np.float32), np.float32([scale * (3 - WAVE_NUMBER**2 / 2)])),
        first_omega=1.0,
        hidden_omega=1.0,
    )
    return NeuralShape(NestedField((Level(network, THRESHOLD),)), PLACEMENT)


class Scene:
    """An empty file with the shape's object, and a maker of targets."""

    def __init__(self) -> None:
        self.holder = bpy.data.objects.new("Ellipsoid", bpy.data.meshes.new("Ellipsoid"))
        neural_shape.store(self.holder, ellipsoid())
        self.holder.matrix_world = SHAPE_MATRIX
        bpy.context.scene.collection.objects.link(self.holder)
        self.settings = bpy.context.scene.neural_shapes_mapping
        self.settings.mapping.detail = self.holder.name
        bpy.context.view_layer.update()

    def target(self, matrix: Matrix = SHAPE_MATRIX, offset: float = 0.0, name: str = "Low"):
        """A flat-shaded, unwrapped low-poly mesh on the ellipsoid, selected; the offset is in the domain."""
        bpy.ops.object.select_all(action="DESELECT")
        bpy.ops.mesh.primitive_uv_sphere_add(segments=12, ring_count=8, radius=1)
        target = bpy.context.object
        target.name = name
        target.matrix_world = matrix
        bpy.context.view_layer.update()
        to_target = np.array(target.matrix_world.inverted() @ self.holder.matrix_world)
        sphere = positions(target.data)
        placed = PLACEMENT.to_object(sphere * (HALF_AXES + offset))
        set_positions(target.data, placed @ to_target[:3, :3].T + to_target[:3, 3])
        if np.linalg.det(to_target[:3, :3]) < 0:
            target.data.flip_normals()
        bpy.context.view_layer.update()
        return target

    def true_normals(self, target, points: np.ndarray) -> np.ndarray:
        """The ellipsoid's normals in a target's space, at target points near it."""
        to_shape = np.array(self.holder.matrix_world.inverted() @ target.matrix_world)
        domain = PLACEMENT.to_domain(points @ to_shape[:3, :3].T + to_shape[:3, 3])
        normals = (domain / HALF_AXES**2) @ to_shape[:3, :3]
        return normals / np.linalg.norm(normals, axis=1, keepdims=True)


def positions(mesh) -> np.ndarray:
    result = np.empty((len(mesh.vertices), 3), np.float32)
    mesh.vertices.foreach_get("co", result.reshape(-1))
    return result.astype(np.float64)


def set_positions(mesh, values: np.ndarray) -> None:
    mesh.vertices.foreach_set("co", np.ascontiguousarray(values, np.float32).reshape(-1))
    mesh.update()


@pytest.fixture
def scene(shared_blender) -> Scene:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    return Scene()


@pytest.fixture
def corner_positions() -> Callable:
    """The place of each corner of a mesh, (C, 3)."""

    def read(mesh) -> np.ndarray:
        vertices = np.empty(len(mesh.loops), np.int32)
        mesh.loops.foreach_get("vertex_index", vertices)
        return positions(mesh)[vertices]

    return read


@pytest.fixture
def degrees_between() -> Callable:
    """Angles between unit vectors (N, 3), in degrees."""

    def angles(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.degrees(np.arccos(np.clip(np.einsum("nx,nx->n", a, b), -1, 1)))

    return angles
