"""Writes a picture of each look of the preview, as docs/preview.md shows them.

    .venv-viewport/bin/python benchmarks/preview_pictures.py build/demo/demo.blend docs/pictures [--size 360]

The file is the one that `make demo` leaves; no window is needed, but Blender 5.2 or later.
"""

import argparse
from pathlib import Path

import bpy
import gpu
import numpy as np
from neural_shapes.core.geometry.mesh import TriangleMesh
from neural_shapes.core.neural_shape import NeuralShape
from neural_shapes.core.tracing.camera import Camera
from neural_shapes.core.tracing.png import png_bytes
from neural_shapes.core.tracing.render import step_scale
from neural_shapes.core.tracing.shading import display_values
from neural_shapes.scene import neural_shape
from neural_shapes.scene.object_mesh import triangle_mesh
from neural_shapes.viewport.appearance import studio_lights
from neural_shapes.viewport.looks import Appearance, Look
from neural_shapes.viewport.preview import FirstHitMesh, Preview, Previewed, Viewpoint
from neural_shapes.viewport.uniforms import Settings

AZIMUTH, ELEVATION = 32, 12
# Blender's own grey of a viewport's background, as linear values.
BACKGROUND = (0.047, 0.047, 0.047, 1.0)
SURFACE = (0.62, 0.6, 0.56)
# A cut in front of the shape's middle, facing the viewer's side.
CUT = (0.0, -1.0, 0.0, 0.05)
ERROR_SHOWN = 0.003
# Redraws in which a software renderer finishes any of the pictures.
REDRAWS = 100_000


def main() -> None:
    """Draw and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("blend", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=360, help="pixels a side")
    arguments = parser.parse_args()
    gpu.init()
    bpy.ops.wm.open_mainfile(filepath=str(arguments.blend.resolve()))
    bpy.ops.preferences.addon_enable(module="neural_shapes")
    holder = next(found for found in bpy.data.objects if neural_shape.has_shape(found))
    shape, source = neural_shape.read(holder), bpy.data.objects[holder.neural_shapes.source]
    mesh = triangle_mesh(source, bpy.context.evaluated_depsgraph_get())
    preview = Preview()
    for look in Look:
        image = _picture(preview, _previewed(shape, mesh, look), arguments.size)
        path = arguments.folder / f"preview-{look.name.lower()}.png"
        path.write_bytes(png_bytes(image))
        print(path, flush=True)


def _previewed(shape: NeuralShape, mesh: TriangleMesh, look: Look) -> Previewed:
    """The shape at the origin, in domain units."""
    to_domain = np.eye(4)
    to_domain[:3, :3] *= shape.placement.scale
    to_domain[:3, 3] = -np.array(shape.placement.centre) * shape.placement.scale
    system = bpy.context.preferences.system
    return Previewed(
        key="shape",
        networks="shape",
        field=shape.field,
        placement=shape.placement,
        matrix_world=to_domain,
        settings=Settings(
            step_scale=step_scale(shape), cut=CUT if look is Look.SECTION else (0.0, 0.0, 0.0, 0.0)
        ),
        appearance=Appearance(
            look, studio_lights(system), tuple(system.light_ambient), SURFACE, error_shown=ERROR_SHOWN
        ),
        mesh=FirstHitMesh("source", lambda: mesh) if look is Look.ERROR else None,
    )


def _picture(preview: Preview, shown: Previewed, side: int) -> np.ndarray:
    """Display values (side, side, 3) of the finished picture, its top row first."""
    camera = Camera.orbit(AZIMUTH, ELEVATION, (side, side), up="z")
    viewpoint = Viewpoint(0, (side, side), camera.view, camera.projection)
    target = gpu.types.GPUOffScreen(side, side, format="RGBA32F")
    for _ in range(REDRAWS):
        with target.bind():
            framebuffer = gpu.state.active_framebuffer_get()
            framebuffer.clear(color=BACKGROUND, depth=1.0)
            wants_more = preview.draw(lambda: (viewpoint, [shown]))
            colours = framebuffer.read_color(0, 0, side, side, 4, 0, "FLOAT")
        if not wants_more:
            break
    if preview.reason_off or preview.problems:
        raise SystemExit(preview.reason_off or preview.problems["shape"])
    return display_values(np.array(colours).reshape(side, side, 4)[::-1, :, :3])


if __name__ == "__main__":
    main()
