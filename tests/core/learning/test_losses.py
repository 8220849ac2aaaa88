"""Every loss is what its paper writes, on values worked out by hand."""

import math

import pytest
import torch
from neural_shapes.core.learning import losses

VALUES = torch.tensor([0.0, 0.3, -0.2, 0.05])
DISTANCES = torch.tensor([0.0, 0.25, 0.1, 0.0])
GRADIENTS = torch.tensor([[0.0, 0.0, 2.0], [1.0, 0.0, 0.0], [0.0, 3.0, 4.0]])
NORMALS = torch.tensor([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (losses.signed_distance, [0.0, 0.05, 0.3, 0.05]),
        (losses.surface, [0.0, 0.0, 0.0, 0.05]),
    ],
)
def test_losses_of_values(loss, expected):
    torch.testing.assert_close(loss(VALUES, DISTANCES), torch.tensor(expected))


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (losses.normal_difference, [1.0, math.sqrt(2), 0.0]),
        (losses.normal_alignment, [0.0, 1.0, 0.0]),
        (losses.eikonal, [1.0, 0.0, 16.0]),
    ],
)
def test_losses_of_gradients(loss, expected):
    torch.testing.assert_close(loss(GRADIENTS, NORMALS), torch.tensor(expected))


def test_the_eikonal_loss_of_a_space_time_field_is_that_of_its_slope_in_space():
    over_time = torch.cat([GRADIENTS, torch.tensor([[5.0], [-1.0], [0.0]])], dim=1)
    torch.testing.assert_close(losses.eikonal(over_time, over_time), losses.eikonal(GRADIENTS, NORMALS))
