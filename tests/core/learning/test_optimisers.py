"""The optimisers find minima, and SOAP clips its update in the eigenbasis."""

import pytest
import torch
from neural_shapes.core.learning.optimisers import LARGEST_UPDATE, optimiser


@pytest.mark.parametrize("name", ["soap", "adam"])
def test_a_badly_scaled_regression_is_solved(name):
    generator = torch.Generator().manual_seed(0)
    scales = torch.logspace(-1, 0, 8)
    inputs = torch.randn((256, 8), generator=generator) * scales
    target = torch.randn((4, 8), generator=generator)
    weight = torch.nn.Parameter(torch.zeros(4, 8))
    steps = optimiser(name, [weight])
    for index in range(600):
        for group in steps.param_groups:
            group["lr"] = 0.05 * (1 - index / 600)
        steps.zero_grad()
        ((weight - target) @ inputs.T).square().mean().backward()
        steps.step()
    torch.testing.assert_close(weight.detach(), target, atol=1e-2, rtol=0)


def test_entries_are_clipped_in_the_eigenbasis():
    soap = optimiser("soap", [torch.nn.Parameter(torch.zeros(2, 2))])
    half_turn = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    update = torch.tensor([[10.0, -1.0], [0.5, -7.0]])
    rotated = soap.project(update, {"Q": [half_turn, half_turn]}, project_type="backward")
    torch.testing.assert_close(rotated, torch.tensor([[-LARGEST_UPDATE, 0.5], [-1.0, LARGEST_UPDATE]]))
    gradient = soap.project(update, {"Q": [half_turn, half_turn]}, project_type="forward")
    torch.testing.assert_close(gradient, torch.tensor([[-7.0, 0.5], [-1.0, 10.0]]))
