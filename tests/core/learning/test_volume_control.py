"""Corrections of the labels' level bring a field that shrinks over time back to its volume."""

import numpy as np
import pytest
import torch
from neural_shapes.core.fields.nested import Level, NestedField
from neural_shapes.core.fields.siren import Siren
from neural_shapes.core.learning import volume_control
from neural_shapes.core.learning.volume_control import VolumeControl

RADIUS = 0.6


def _almost_ball() -> NestedField:
    """A network near |x|^2 - radius^2 - 0.02 t over 1.2: cosines of small phases are parabolas."""
    omega = 0.5
    first = np.zeros((4, 4), dtype=np.float32)
    first[[0, 1, 2], [0, 1, 2]] = 1
    first[3, 3] = 0.05
    bias = np.float32([np.pi / 2 / omega] * 3 + [0])
    # 1 - cos(omega x) is about omega^2 x^2 / 2, and sin(omega 0.05 t) about omega 0.05 t.
    last = np.float32([[*[-2 / omega**2] * 3, -0.02 / (0.05 * omega)]]) / np.float32(2 * RADIUS)
    offset = np.float32([(6 / omega**2 - RADIUS**2) / (2 * RADIUS)])
    return NestedField((Level(Siren((first, last), (bias, offset), omega, 1.0), 0.01),))


@pytest.mark.parametrize("cells_of", ["large", "small"])
def test_labels_are_shifted_by_what_the_surface_has_to_move_at_each_time(cells_of, monkeypatch):
    monkeypatch.setattr(volume_control, "SMALL_VOLUME", 0.0 if cells_of == "large" else 10.0)
    field = _almost_ball()
    at_start = field.value(np.array([[RADIUS, 0, 0, 0], [RADIUS, 0, 0, 1]], dtype=np.float32))
    volume = 4 / 3 * np.pi * RADIUS**3
    control = VolumeControl(volume, torch.device("cpu"), np.random.default_rng(0))
    shift = control.correction(field)(torch.tensor([[0.1, 0, 0, time] for time in (0.0, 0.55, 1.0)]))
    # The ball grows with time, so its labels have to rise with it; only a part is made good at once.
    expected = -volume_control.GAIN * np.interp([0.0, 0.55, 1.0], [0, 1], at_start)
    np.testing.assert_allclose(shift, expected, atol=2e-3)
    assert shift[2] - shift[0] > 5e-3
    # To first order: what the surface is off times its area over the volume.
    assert control.drift == pytest.approx(3 * np.abs(at_start).max() / RADIUS, rel=0.15)
