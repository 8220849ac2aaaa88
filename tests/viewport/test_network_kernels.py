"""Networks on the GPU give the values and gradients of the same networks in float64, by both paths."""

import numpy as np
import pytest
from neural_shapes.core.fields.nested import Level, NestedField, ResidualBand
from neural_shapes.core.fields.perceptron import Perceptron
from neural_shapes.core.fields.siren import Siren

pytestmark = pytest.mark.gpu

SIZE = (32, 16)
PARALLEL_VIEW = np.diag([1.0, 1.0, -0.5, 1.0])
HIT = 8


def random_siren(width: int, depth: int, omega: float = 30.0, dimension: int = 3, seed: int = 0) -> Siren:
    """A network initialised as in Sitzmann et al. 2020, with its output about as large as a distance."""
    random = np.random.default_rng(seed)
    bound = np.sqrt(6 / width) / omega
    weights = [random.uniform(-1, 1, (width, dimension)) / dimension]
    weights += [random.uniform(-bound, bound, (width, width)) for _ in range(depth)]
    weights.append(random.uniform(-bound, bound, (1, width)))
    biases = [random.uniform(-bound, bound, len(weight)) for weight in weights]
    return Siren(
        tuple(weight.astype(np.float32) for weight in weights),
        tuple(bias.astype(np.float32) for bias in biases),
        omega,
        omega,
    )


def chain_of_residuals() -> NestedField:
    """(64,1) and two residuals of other sizes; their bands end inside the range of the base's values."""
    return NestedField(
        (
            Level(random_siren(64, 1), 0.05),
            Level(random_siren(128, 2, seed=1), 0.02, ResidualBand(0.3, 0.03, 0.08)),
            Level(random_siren(32, 3, seed=2), 0.01, ResidualBand(0.1, 0.01, 0.05)),
        )
    )


FIELDS = {
    "(64,1)": NestedField((Level(random_siren(64, 1), 0.01),)),
    "(128,2)": NestedField((Level(random_siren(128, 2), 0.01),)),
    "(256,3)": NestedField((Level(random_siren(256, 3), 0.01),)),
    "(30,2), not a multiple of four": NestedField((Level(random_siren(30, 2), 0.01),)),
    "(400,1)": NestedField((Level(random_siren(400, 1), 0.01),)),
    "(48,5), many layers": NestedField((Level(random_siren(48, 5), 0.01),)),
    "(64,1) in space and time": NestedField((Level(random_siren(64, 1, dimension=4), 0.01),)),
    "residuals": chain_of_residuals(),
    "independent levels": NestedField(
        (Level(random_siren(64, 1), 0.1), Level(random_siren(128, 1, seed=3), 0.01))
    ),
}


@pytest.mark.parametrize("path_name", ["compute", "fragment"])
@pytest.mark.parametrize("name", FIELDS)
def test_values_and_gradients_equal_float64(gpu, exact, name, path_name):
    from neural_shapes.viewport.network_texture import pack_field
    from neural_shapes.viewport.stages import Size, Stage, StageInputs, TracingPath
    from neural_shapes.viewport.uniforms import Settings, tracing_uniforms
    from neural_shapes.viewport.view_rays import ViewRays

    field, time = FIELDS[name], 0.3
    packed = pack_field(field)
    rays = ViewRays.of_matrices(PARALLEL_VIEW, np.eye(4))
    depths = np.random.default_rng(0).uniform(0, 2, SIZE[::-1]).astype(np.float32)
    states = np.zeros((*SIZE[::-1], 4), dtype=np.float32)
    states[..., 0], states[..., 1] = depths, HIT
    data = gpu.types.Buffer("FLOAT", states.size, states.ravel())
    hits = gpu.types.GPUTexture(SIZE, format="RGBA32F", data=data)
    images = tuple(gpu.types.GPUTexture(SIZE, format="RGBA32F") for _ in range(2))
    uniforms = tracing_uniforms(packed, rays, (-1, -1, 2, 2), SIZE, Settings(time=time))

    stage = Stage("finish", TracingPath(path_name), Size.holding(packed.widest, packed.deepest))
    stage.run(StageInputs(uniforms, packed.texture(), hits), images, (0, 0, *SIZE))

    x, y = ((np.arange(count) + 0.5) / count * 2 - 1 for count in SIZE)
    x, y = np.meshgrid(x, y)
    points = np.stack([x, y, 1 - depths.astype(np.float64)], axis=-1).reshape(-1, 3)
    if field.dimension == 4:
        points = np.concatenate([points, np.full((len(points), 1), np.float32(time))], axis=1)
    values, gradients = exact(field, points)
    result = np.array(images[1].read()).reshape(-1, 4)
    assert np.abs(values).max() > 0.02
    np.testing.assert_allclose(result[:, 3], values, rtol=0, atol=1e-5)
    np.testing.assert_allclose(result[:, :3], gradients[:, :3], rtol=0, atol=1e-4)


def test_a_field_beyond_the_limits_is_refused_in_one_sentence(gpu):
    from neural_shapes.viewport.errors import PreviewError
    from neural_shapes.viewport.network_texture import pack_field

    too_wide = NestedField((Level(random_siren(600, 1), 0.01),))
    too_many = NestedField(tuple(Level(random_siren(8, 1), 0.1 / (i + 1)) for i in range(5)))
    poisoned = random_siren(8, 1)
    poisoned.weights[0][0, 0] = np.nan
    for field in (too_wide, too_many, NestedField((Level(poisoned, 0.01),))):
        with pytest.raises(PreviewError, match=r"^[A-Z][^\n]*\.$"):
            pack_field(field)
    small = random_siren(32, 1)
    other = NestedField((Level(Perceptron(small.weights, small.biases, "relu"), 0.0),))
    with pytest.raises(PreviewError, match="networks of sines, and this shape has one of relu"):
        pack_field(other)
