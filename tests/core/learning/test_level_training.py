"""A level learns from each kind of point what its recipe asks for."""

import torch
from neural_shapes.core.learning.level_training import LevelTraining
from neural_shapes.core.learning.networks import initial_network, module_of
from neural_shapes.core.learning.recipes import UNIFORM, LevelRecipe, NetworkRecipe, Samples
from neural_shapes.core.learning.samples import LabelledPoints, SurfacePoints, TrainingSamples

DEVIATION = 0.04
STEPS = 150


def test_the_eikonal_term_holds_slopes_at_one_beside_the_surface():
    generator = torch.Generator().manual_seed(0)
    points = torch.rand((4000, 3), generator=generator) - 0.5
    labelled = LabelledPoints(points, points[:, 0])
    samples = TrainingSamples(SurfacePoints(points[:0], points[:0]), {DEVIATION: labelled, UNIFORM: labelled})
    recipe = LevelRecipe(
        NetworkRecipe(16, 1, first_omega=10.0),
        Samples(displaced={DEVIATION: 1.0}, with_gradients={DEVIATION: 0.5}),
        {"eikonal": 1.0},
        STEPS,
        learning_rate=1e-2,
        batch=256,
    )
    network = module_of(initial_network(recipe.network, 3, generator))
    training = LevelTraining(recipe, network, samples, None, None, STEPS, generator)

    def error() -> float:
        slopes = network.value_and_gradient(points)[1].norm(dim=1)
        return float((slopes - 1).abs().mean().detach())

    before = error()
    for _ in range(STEPS):
        training.step()
    assert error() < before / 3
