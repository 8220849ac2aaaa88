"""What Blender itself offers for low-poly meshes, to compare with: Decimate, Data Transfer, Cycles' bake."""

import time
from dataclasses import dataclass

import bpy
import numpy as np
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.scene.surface_mesh import new_mesh

# How far Cycles' rays start outside of the low-poly mesh, and how far they go, in domain units: of 0.03,
# 0.02, 0.015 and 0.01 the one by which its bake of lucy agrees best with the neural one (measured).
CAGE_EXTRUSION = 0.02
RAY_DISTANCE = 0.04


@dataclass(frozen=True)
class BakedByCycles:
    """Tangent-space normals (H, W, 3), row 0 at v = 0, and the seconds that Cycles took."""

    normals: np.ndarray
    seconds: float


def empty_file() -> None:
    """Start over, with Cycles on the CPU."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.engine = "CYCLES"
    bpy.context.scene.cycles.device = "CPU"


def add(name: str, mesh: TriangleMesh) -> bpy.types.Object:
    """A smooth-shaded object."""
    added = bpy.data.objects.new(name, new_mesh(name, mesh))
    bpy.context.scene.collection.objects.link(added)
    return added


def decimated(high: bpy.types.Object, ratio: float) -> bpy.types.Object:
    """A low-poly copy by Blender's Decimate, smooth-shaded and unwrapped by Smart UV Project."""
    low = bpy.data.objects.new("Low", high.data.copy())
    bpy.context.scene.collection.objects.link(low)
    low.modifiers.new("Decimate", "DECIMATE").ratio = ratio
    evaluated = low.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = bpy.data.meshes.new_from_object(evaluated)
    low.modifiers.clear()
    low.data = mesh
    mesh.shade_smooth()
    bpy.context.view_layer.objects.active = low
    low.select_set(True)
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.uv.smart_project(island_margin=0.005)
    bpy.ops.object.mode_set(mode="OBJECT")
    return low


def data_transfer(high: bpy.types.Object, low: bpy.types.Object) -> np.ndarray:
    """Corner normals (C, 3) by Data Transfer, nearest face interpolated."""
    modifier = low.modifiers.new("Data Transfer", "DATA_TRANSFER")
    modifier.object = high
    modifier.use_loop_data = True
    modifier.data_types_loops = {"CUSTOM_NORMAL"}
    modifier.loop_mapping = "POLYINTERP_NEAREST"
    evaluated = low.evaluated_get(bpy.context.evaluated_depsgraph_get())
    normals = np.empty((len(evaluated.data.loops), 3), dtype=np.float32)
    evaluated.data.corner_normals.foreach_get("vector", normals.reshape(-1))
    low.modifiers.remove(modifier)
    return normals


def cycles_bake(high: bpy.types.Object, low: bpy.types.Object, size: int, samples: int) -> BakedByCycles:
    """The tangent-space normal map that Cycles bakes from the selected to the active object, on the CPU."""
    image = bpy.data.images.new("Cycles", size, size, float_buffer=True, is_data=True)
    material = bpy.data.materials.new("Bake")
    material.use_nodes = True
    texture = material.node_tree.nodes.new("ShaderNodeTexImage")
    texture.image = image
    material.node_tree.nodes.active = texture
    low.data.materials.append(material)
    high.select_set(True)
    low.select_set(True)
    bpy.context.view_layer.objects.active = low
    bpy.context.scene.cycles.samples = samples
    started = time.perf_counter()
    bpy.ops.object.bake(
        type="NORMAL",
        normal_space="TANGENT",
        use_selected_to_active=True,
        cage_extrusion=CAGE_EXTRUSION,
        max_ray_distance=RAY_DISTANCE,
        margin=0,
    )
    seconds = time.perf_counter() - started
    pixels = np.empty(size * size * 4, dtype=np.float32)
    image.pixels.foreach_get(pixels)
    return BakedByCycles(2 * pixels.reshape(size, size, 4)[..., :3] - 1, seconds)
