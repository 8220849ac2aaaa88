"""Pictures traced on the GPU agree with core.tracing on float64 rays, by both paths."""

from dataclasses import replace

import numpy as np
import pytest
from neural_shapes.core.fields.nested import NestedField
from neural_shapes.core.tracing.camera import Camera
from neural_shapes.core.tracing.render import step_scale
from neural_shapes.core.tracing.sphere_tracing import TracedLevel, trace

pytestmark = pytest.mark.gpu

SIZE = (96, 80)
TIME = 0.4
HIT, MISSED, COUNT_BASE = 8, 16, 4096


class AtTime:
    """One level of a field, at TIME when the field is a space-time one."""

    def __init__(self, field: NestedField, level: int) -> None:
        self._field = field.level(level)
        self.dimension = 3

    def _points(self, points: np.ndarray) -> np.ndarray:
        if self._field.dimension == 3:
            return points
        return np.concatenate([points, np.full((len(points), 1), TIME)], axis=1)

    def value(self, points: np.ndarray) -> np.ndarray:
        return self._field.value(self._points(points))


def traced_on_gpu(shape, camera, path_name, settings_of_shape):
    """States and gradients (N, 4) of a picture, row by row from the top."""
    from neural_shapes.viewport.network_texture import pack_field
    from neural_shapes.viewport.stages import Size, StageInputs, TracingPath
    from neural_shapes.viewport.tracer import TracedImages, Tracer
    from neural_shapes.viewport.uniforms import tracing_uniforms
    from neural_shapes.viewport.view_rays import ViewRays

    packed = pack_field(shape.field)
    rays = ViewRays.of_matrices(camera.projection, camera.view)
    uniforms = tracing_uniforms(packed, rays, (-1, -1, 2, 2), SIZE, settings_of_shape)
    tracer = Tracer(TracingPath(path_name), Size.holding(packed.widest, packed.deepest))
    tracer.compile(("march", "finish"))
    images = TracedImages.of_size(SIZE)
    # Two windows that meet at a row which no tile ends at.
    for window in ((0, 0, SIZE[0], 37), (0, 37, *SIZE)):
        tracer.trace(StageInputs(uniforms, packed.texture()), packed, images, window)
    return tuple(
        np.array(image.read()).reshape(*SIZE[::-1], 4)[::-1].reshape(-1, 4)
        for image in (images.states, images.gradients)
    )


def parallel_camera(camera: Camera) -> Camera:
    """A parallel projection from the same side."""
    projection = np.diag([1.0, SIZE[0] / SIZE[1], -1 / 20, 1.0])
    return Camera(camera.view, projection)


@pytest.fixture
def load(load_shape):
    """Loads a committed shape; "mixed" is a level that stands alone before another and its residual."""

    def load_or_mix(name: str):
        if name != "mixed":
            return load_shape(name)
        shape = load_shape("residual")
        levels = (load_shape("independent").field.levels[0], *shape.field.levels)
        return replace(shape, field=NestedField(levels))

    return load_or_mix


@pytest.mark.parametrize("projection", ["perspective", "parallel"])
@pytest.mark.parametrize("path_name", ["compute", "fragment"])
@pytest.mark.parametrize("name", ["residual", "independent", "mixed", "space_time"])
def test_a_picture_agrees_with_the_oracle(gpu, exact, load, name, path_name, projection):
    from neural_shapes.viewport.uniforms import Settings

    shape = load(name)
    camera = Camera.orbit(35, 25, SIZE)
    if projection == "parallel":
        camera = parallel_camera(camera)
    levels = [
        TracedLevel(AtTime(shape.field, index), level.threshold)
        for index, level in enumerate(shape.field.levels)
    ]
    rays = camera.rays(SIZE)
    oracle = trace(levels, rays, step_scale=step_scale(shape))
    states, gradients = traced_on_gpu(shape, camera, path_name, Settings(TIME, step_scale(shape)))

    hit = (states[:, 1] >= HIT) & (states[:, 1] < MISSED)
    assert 0.15 < hit.mean() < 0.6
    assert (hit == oracle.hit).mean() >= 0.995
    both = hit & oracle.hit
    depth = rays.clip_to_box(1.0)[0] + states[:, 0]
    assert np.quantile(np.abs(depth - oracle.depth)[both], 0.99) <= 2e-3
    points = oracle.positions[both]
    if shape.field.dimension == 4:
        points = np.concatenate([points, np.full((len(points), 1), TIME)], axis=1)
    expected = exact(shape.field, points)[1][:, :3]
    cosine = np.einsum("ij,ij->i", unit(gradients[both, :3]), unit(expected))
    assert np.quantile(np.degrees(np.arccos(np.clip(cosine, -1, 1))), 0.99) <= 1.0
    counts = [states[:, column].astype(int) for column in (2, 2, 3)]
    counts = (counts[0] % COUNT_BASE, counts[1] // COUNT_BASE, counts[2] % COUNT_BASE)
    sums = [count.sum() for count in counts[: len(levels)]]
    np.testing.assert_allclose(sums, oracle.evaluations_per_level, rtol=0.03)


def test_a_ray_that_waits_for_others_of_its_tile_is_not_cut_short(gpu, load, monkeypatch):
    """Steps are counted for all rays of a tile, of which those at the coarsest level go first."""
    from neural_shapes.viewport import tracer
    from neural_shapes.viewport.uniforms import Settings

    shape, camera = load("mixed"), Camera.orbit(35, 25, SIZE)
    levels = [
        TracedLevel(AtTime(shape.field, index), level.threshold)
        for index, level in enumerate(shape.field.levels)
    ]
    oracle = trace(levels, camera.rays(SIZE), step_scale=step_scale(shape))
    monkeypatch.setattr(tracer, "MAXIMUM_STEPS", int(oracle.evaluations.sum(axis=1).max()))
    monkeypatch.setattr(tracer, "STEPS_PER_STRETCH", 8)
    states, _ = traced_on_gpu(shape, camera, "compute", Settings(0.0, step_scale(shape)))
    hit = (states[:, 1] >= HIT) & (states[:, 1] < MISSED)
    # Rounding leaves one pixel; without the waiting that is allowed for, 35 are lost.
    assert (hit != oracle.hit).sum() <= 4


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize("path_name", ["compute", "fragment"])
def test_a_ray_that_starts_behind_the_surface_hits_at_once(gpu, load_shape, path_name):
    """A camera inside the shape sees it everywhere, at its near plane."""
    from neural_shapes.viewport.uniforms import Settings

    view = np.eye(4)
    view[:3, 3] = -np.array([0.55, 0.0, 0.0])
    camera = Camera(view, Camera.orbit(0, 0, SIZE).projection)
    near = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, -1.002, -0.02], [0, 0, -1, 0]])
    camera = Camera(view, near)
    states, _ = traced_on_gpu(load_shape("independent"), camera, path_name, Settings())
    assert (states[:, 1] == HIT + 1).all()
    assert (states[:, 0] == 0).all()


@pytest.mark.parametrize("path_name", ["compute", "fragment"])
def test_a_cut_opens_the_shape(gpu, load_shape, path_name):
    """Nothing is hit beyond the plane, and rays that enter behind it hit the section itself."""
    from neural_shapes.viewport.uniforms import Settings

    shape, camera = load_shape("independent"), Camera.orbit(0, 60, SIZE)
    states, _ = traced_on_gpu(shape, camera, path_name, Settings(cut=(0.0, 1.0, 0.0, 0.05)))
    rays = camera.rays(SIZE)
    at_plane = (0.05 - rays.origins[:, 1]) / rays.directions[:, 1]
    near = np.maximum(rays.clip_to_box(1.0)[0], at_plane)
    hit = (states[:, 1] >= HIT) & (states[:, 1] < MISSED)
    heights = rays.origins[:, 1] + (near + states[:, 0]) * rays.directions[:, 1]
    assert heights[hit].max() <= 0.05 + 1e-4
    on_section = hit & (states[:, 0] == 0)
    section = rays.points(np.flatnonzero(on_section), at_plane[on_section])
    assert on_section.mean() > 0.03
    assert (shape.field.value(section) <= 1e-4).all()
