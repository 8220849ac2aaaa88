"""A GPU for the viewport's tests, small trained shapes, and fields in float64 to compare with."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from neural_shapes.core.fields.nested import NestedField
from neural_shapes.core.neural_shape import NeuralShape
from neural_shapes.core.shape_file import load
from neural_shapes.core.tracing.camera import Camera
from neural_shapes.core.tracing.render import step_scale

# Written by fit_shapes.py.
SHAPES = Path(__file__).parent / "shapes"
DIFFERENCE = 1e-5
# The viewport that previews are drawn in.
SIZE = (80, 64)
CAMERA = Camera.orbit(35, 35, SIZE)
BACKGROUND = (0.1, 0.2, 0.3, 1.0)


@pytest.fixture(scope="session")
def gpu() -> ModuleType:
    """The gpu module, ready to run shaders without a window."""
    import bpy  # noqa: F401  Blender's modules exist once it is imported
    import gpu

    if not hasattr(gpu, "init"):
        pytest.skip("gpu.init() exists from Blender 5.2 on; before, shaders need a window")
    gpu.init()
    return gpu


@pytest.fixture(scope="session")
def load_shape() -> Callable[[str], NeuralShape]:
    """The shape of a name: residual, independent or space_time."""
    return lambda name: load(SHAPES / f"{name}.safetensors")


@pytest.fixture(scope="session")
def exact() -> Callable[[NestedField, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Value and gradient of a nested field at float64 points, from its definition and central differences."""

    def value(field: NestedField, points: np.ndarray) -> np.ndarray:
        total = np.zeros(len(points))
        for level in field.levels:
            network, activation = level.network, points
            for index in range(len(network.weights) - 1):
                omega = network.hidden_omega if index else network.first_omega
                layer = network.weights[index].astype(np.float64), network.biases[index].astype(np.float64)
                activation = np.sin(omega * (activation @ layer[0].T + layer[1]))
            own = (activation @ network.weights[-1].astype(np.float64).T + network.biases[-1])[:, 0]
            if level.band is None:
                total = own
            else:
                x = np.clip((np.abs(total) - level.band.inner) / (level.band.outer - level.band.inner), 0, 1)
                total = total + level.band.scale * (1 - 3 * x**2 + 2 * x**3) * own
        return total

    def value_and_gradient(field: NestedField, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        steps = DIFFERENCE * np.eye(points.shape[1])
        slopes = [value(field, points + step) - value(field, points - step) for step in steps]
        return value(field, points), np.stack(slopes, axis=1) / (2 * DIFFERENCE)

    return value_and_gradient


@pytest.fixture
def previewed(gpu, load_shape):
    """Makes a Previewed of a test shape."""
    from neural_shapes.viewport.looks import Appearance, Light
    from neural_shapes.viewport.preview import Previewed
    from neural_shapes.viewport.uniforms import Settings

    def make(name="residual", key="object", networks="", place=None, time=0.0):
        shape = load_shape(name)
        light = Light((0.0, 0.0, 1.0), 0.0, (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
        return Previewed(
            key=key,
            networks=networks or name,
            field=shape.field,
            placement=shape.placement,
            matrix_world=np.eye(4) if place is None else place,
            settings=Settings(time, step_scale(shape)),
            appearance=Appearance(lights=(light,)),
        )

    return make


@pytest.fixture
def viewport(gpu):
    """An image that the preview draws into: ``draw_once``, or ``draw`` until nothing is left to refine."""
    from neural_shapes.viewport.preview import Viewpoint

    class Viewport:
        def __init__(self) -> None:
            self.camera, self.size, self.background = CAMERA, SIZE, BACKGROUND
            # So many columns from the left are covered by something right before the camera.
            self.obstacle_width = 0

        def draw_once(self, preview, *shapes) -> bool:
            self.target = gpu.types.GPUOffScreen(*self.size, format="RGBA32F")
            with self.target.bind():
                framebuffer = gpu.state.active_framebuffer_get()
                framebuffer.clear(color=self.background, depth=1.0)
                if self.obstacle_width:
                    gpu.state.scissor_test_set(True)
                    gpu.state.scissor_set(0, 0, self.obstacle_width, self.size[1])
                    framebuffer.clear(depth=0.0)
                    gpu.state.scissor_test_set(False)
                viewpoint = Viewpoint(1, self.size, self.camera.view, self.camera.projection)
                wants_more = preview.draw(lambda: (viewpoint, shapes))
                width, height = self.size
                colours = framebuffer.read_color(0, 0, width, height, 4, 0, "FLOAT")
                depths = framebuffer.read_depth(0, 0, width, height)
            self.colours = np.array(colours).reshape(height, width, 4)[::-1, :, :3]
            self.depths = np.array(depths).reshape(height, width)[::-1]
            return wants_more

        def draw(self, preview, *shapes) -> int:
            for redraw in range(500):
                if not self.draw_once(preview, *shapes):
                    return redraw
            pytest.fail("the picture was never finished")

        @property
        def covered(self) -> np.ndarray:
            """Where something was drawn that hides what is behind it."""
            return self.depths < 1

    return Viewport()


@pytest.fixture
def preview(gpu):
    from neural_shapes.viewport.preview import Preview

    return Preview()
