"""Reads the SIRENs that others have published as PyTorch checkpoints: those of i3d, NISE and SIREN itself."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..errors import NeuralShapesError
from ..fields.siren import Siren

# Layers are net.0.0.weight in i3d and NISE, net.net.0.0.weight in SIREN, net.0.linear.weight in its notebook.
LAYER = re.compile(r"(?:^|.*\.)net\.(\d+)\.(?:0\.|linear\.)?(weight|bias)$")
# Where a training's checkpoint keeps the weights among other things.
STATE_KEYS = ("state_dict", "model_state_dict", "model")


class CheckpointError(NeuralShapesError):
    """A file that holds no SIREN; the text says why."""


def read_siren(path: str | Path, first_omega: float, hidden_omega: float) -> Siren:
    """The network in a checkpoint, over space or over space and time, with the frequencies that it was
    trained with, which checkpoints do not tell.

    Nothing but tensors is read of the file. Raises CheckpointError when it is no checkpoint, or holds no
    network of sines.
    """
    path = Path(path)
    layers: dict[int, dict[str, np.ndarray]] = {}
    for name, value in _state(path).items():
        match = LAYER.match(str(name))
        if match and isinstance(value, torch.Tensor):
            array = value.detach().float().numpy()
            layers.setdefault(int(match[1]), {})[match[2]] = array
    ordered = [layers[index] for index in sorted(layers)]
    if not ordered or any(layer.keys() != {"weight", "bias"} for layer in ordered):
        raise CheckpointError(
            f"{path} holds no network with layers named as net.0.0.weight and net.0.0.bias."
        )
    try:
        siren = Siren(
            tuple(layer["weight"] for layer in ordered),
            tuple(layer["bias"] for layer in ordered),
            first_omega,
            hidden_omega,
        )
    except (ValueError, IndexError) as error:
        raise CheckpointError(f"{path} holds a network that is no field over space or space-time.") from error
    if not all(np.isfinite(array).all() for array in (*siren.weights, *siren.biases)):
        raise CheckpointError(f"{path} holds a network with weights that are not finite numbers.")
    return siren


def _state(path: Path) -> Mapping[str, Any]:
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise CheckpointError(f"{path} could not be read: {error.strerror}.") from error
    except Exception as error:
        # Its unpickler of tensors raises whatever a foreign file leads it to.
        raise CheckpointError(f"{path} is no PyTorch checkpoint of plain tensors.") from error
    for key in STATE_KEYS:
        if isinstance(state, Mapping) and isinstance(state.get(key), Mapping):
            state = state[key]
    if not isinstance(state, Mapping):
        raise CheckpointError(f"{path} is a PyTorch file, but holds no weights by their names.")
    return state
