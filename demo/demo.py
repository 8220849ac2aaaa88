"""The main job in headless Blender: sculpt, train, extract, render, save, and print how good it is."""

import time
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
from neural_shapes.core.neural_shape import NeuralShape
from neural_shapes.core.tracing.camera import Camera
from neural_shapes.core.tracing.png import png_bytes
from neural_shapes.core.tracing.render import Picture, render
from neural_shapes.scene import neural_shape
from sculpture import sculpt

OUTPUT = Path(__file__).parent.parent / "build" / "demo"
SIZE = (340, 440)
AZIMUTH, ELEVATION = 32.0, 10.0
# The orbit's camera leaves room for shapes as deep as they are high.
ZOOM = 1.45
# The levels of each picture: the coarse level, all of them nested, and the finest one alone.
PICTURES = {"coarse": slice(0, 1), "multiscale": slice(None), "fine alone": slice(-1, None)}


def main() -> None:
    """Leaves a .blend and the pictures in build/demo."""
    started = time.perf_counter()
    OUTPUT.mkdir(parents=True, exist_ok=True)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.preferences.addon_enable(module="neural_shapes")
    source = sculpt()
    print(f"Sculpted “{source.name}”: {len(source.data.loop_triangles):,} triangles")
    bpy.ops.neural_shapes.train()
    holder = bpy.context.object
    shape = neural_shape.read(holder)
    pictures = take_pictures(shape)
    holder.location.x += source.dimensions.x
    bpy.ops.wm.save_as_mainfile(filepath=str(OUTPUT / "demo.blend"), compress=True)
    print_shape(shape, source.data, neural_shape.size(holder))
    print_pictures(pictures)
    print(f"\n{time.perf_counter() - started:.0f} s in all; see {OUTPUT}/pictures.png and demo.blend")
    bpy.ops.preferences.addon_disable(module="neural_shapes")


def take_pictures(shape: NeuralShape) -> dict[str, tuple[Picture, float]]:
    """The pictures by name with their seconds, written one by one and side by side."""
    orbit = Camera.orbit(AZIMUTH, ELEVATION, SIZE, up="z")
    camera = replace(orbit, projection=np.diag([ZOOM, ZOOM, 1, 1]) @ orbit.projection)
    pictures = {}
    all_levels = tuple(range(len(shape.field.levels)))
    for name, part in PICTURES.items():
        started = time.perf_counter()
        pictures[name] = (render(shape, camera, SIZE, all_levels[part]), time.perf_counter() - started)
        (OUTPUT / f"{name.replace(' ', '-')}.png").write_bytes(png_bytes(pictures[name][0].image))
    together = np.concatenate([picture.image for picture, _ in pictures.values()], axis=1)
    (OUTPUT / "pictures.png").write_bytes(png_bytes(together))
    return pictures


def print_shape(shape: NeuralShape, source: bpy.types.Mesh, size: int) -> None:
    """Errors in units of the domain, sizes, and seconds by phase."""
    source_size = 12 * len(source.vertices) + 12 * len(source.loop_triangles)
    rows = [
        ("Chamfer", f"{shape.measures['chamfer'] * 1e4:.2f} × 1e-4"),
        ("Hausdorff, 99%", f"{shape.measures['hausdorff_99'] * 1e4:.1f} × 1e-4"),
        ("normals", f"{shape.measures['normal_degrees']:.1f}°"),
        ("sign errors", f"{shape.measures['sign_error']:.2%}"),
        ("size", f"{size / 1000:.0f} KB, of the source {source_size / 1000:.0f} KB"),
        *((f"{phase}", f"{seconds:.1f} s") for phase, seconds in shape.provenance.seconds.items()),
    ]
    print("\nNeural shape")
    for label, value in rows:
        print(f"  {label:<16}{value}")


def print_pictures(pictures: dict[str, tuple[Picture, float]]) -> None:
    """What each picture cost, and how far it is from the fine level's."""
    reference = pictures["fine alone"][0].image
    print(f"\n  {'Picture':<14}{'evaluations by level':>24}{'pixels':>9}{'image error':>13}{'seconds':>9}")
    for name, (picture, seconds) in pictures.items():
        evaluations = ", ".join(f"{count:,}" for count in picture.evaluations)
        error = float(np.mean((picture.image - reference) ** 2))
        hit = int(picture.trace.hit.sum())
        print(f"  {name:<14}{evaluations:>24}{hit:>9}{error:>13.1e}{seconds:>9.1f}")


if __name__ == "__main__":
    main()
