"""Draws docs/pictures/normals.png: a low-poly bust before and after, beside Cycles' bake and the source.

    python benchmarks/normal_pictures.py build/demo/demo.blend

The file is the one that `make demo` leaves.
"""

import sys
from pathlib import Path

import bpy
import numpy as np
from low_poly import cycles_bake, decimated
from mathutils import Vector
from neural_shapes.core.tracing.png import png_bytes
from neural_shapes.scene import neural_shape

PICTURE = Path(__file__).parent.parent / "docs" / "pictures" / "normals.png"
RATIO = 0.01
MAP_SIZE = 1024
SIZE = (320, 420)
SAMPLES = 32
# The camera's direction from the bust, and its distance in the bust's heights.
DIRECTION, DISTANCE = Vector((0.55, -1.0, 0.15)), 1.85


def main() -> None:
    """Five pictures side by side: before, custom normals, baked map, Cycles' map, source."""
    bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
    bpy.ops.preferences.addon_enable(module="neural_shapes")
    holder = next(found for found in bpy.data.objects if neural_shape.has_shape(found))
    source = bpy.data.objects[holder.neural_shapes.source]
    holder.matrix_world = source.matrix_world
    bpy.ops.object.select_all(action="DESELECT")
    low = decimated(source, RATIO)
    low.data.materials.clear()
    low.matrix_world = source.matrix_world
    bpy.context.view_layer.update()
    prepare_scene(source)
    settings = bpy.context.scene.neural_shapes_mapping
    settings.mapping.detail = holder.name
    settings.baking.width = settings.baking.height = MAP_SIZE
    pictures = [picture_of(low)]
    bpy.ops.neural_shapes.transfer_normals()
    pictures.append(picture_of(low))
    bpy.ops.neural_shapes.restore_normals()
    bpy.ops.neural_shapes.bake_map()
    pictures.append(picture_of(low))
    use_cycles_map(source, low)
    pictures += [picture_of(low), picture_of(source)]
    PICTURE.write_bytes(png_bytes(np.concatenate(pictures, axis=1)[::-1]))
    print(f"{len(source.data.polygons):,} faces, decimated to {len(low.data.polygons):,}; see {PICTURE}")
    bpy.ops.preferences.addon_disable(module="neural_shapes")


def prepare_scene(source: bpy.types.Object) -> None:
    """A camera, two lamps and a grey world, rendered by Cycles."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = SAMPLES, False
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    scene.view_settings.view_transform = "Standard"
    scene.world = bpy.data.worlds.new("World")
    scene.world.color = (0.1, 0.1, 0.11)
    centre = source.matrix_world @ (sum((Vector(c) for c in source.bound_box), Vector()) / 8)
    height = source.dimensions.z
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(camera)
    camera.location = centre + DIRECTION.normalized() * DISTANCE * height
    camera.rotation_euler = DIRECTION.to_track_quat("Z", "Y").to_euler()
    scene.camera = camera
    for angle, strength in ((-60, 2.0), (50, 0.7)):
        lamp = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
        lamp.data.energy = strength
        lamp.rotation_euler = np.radians((60, 0, angle))
        scene.collection.objects.link(lamp)


def use_cycles_map(source: bpy.types.Object, low: bpy.types.Object) -> None:
    """Put Cycles' own bake in place of the neural map in the target's material."""
    material = low.data.materials[0]
    low.data.materials.clear()
    source.hide_render = False
    baked = cycles_bake(source, low, MAP_SIZE, 16)
    low.data.materials.clear()
    low.data.materials.append(material)
    image = bpy.data.images.new("Cycles", MAP_SIZE, MAP_SIZE, float_buffer=True, is_data=True)
    pixels = np.ones((MAP_SIZE, MAP_SIZE, 4), dtype=np.float32)
    pixels[..., :3] = (baked.normals + 1) / 2
    image.pixels.foreach_set(pixels.reshape(-1))
    texture = next(n for n in material.node_tree.nodes if n.bl_idname == "ShaderNodeTexImage")
    texture.image = image


def picture_of(shown: bpy.types.Object) -> np.ndarray:
    """Colours (H, W, 3) of one object, row 0 at the bottom."""
    for mesh in [found for found in bpy.data.objects if found.type == "MESH"]:
        mesh.hide_render = mesh != shown
    path = Path(bpy.app.tempdir) / "picture.png"
    bpy.context.scene.render.filepath = str(path)
    bpy.context.scene.cycles.samples = SAMPLES
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(str(path), check_existing=False)
    pixels = np.empty(SIZE[0] * SIZE[1] * 4, dtype=np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    return pixels.reshape(SIZE[1], SIZE[0], 4)[..., :3]


if __name__ == "__main__":
    main()
