"""Where training and evaluation run: the names auto, cpu, cuda and mps as torch devices."""

import torch

from ..errors import NeuralShapesError

DEVICES = ("auto", "cpu", "cuda", "mps")


def torch_device(name: str) -> torch.device:
    """The torch device of a name; "auto" is cuda on a machine that has it, else cpu.

    Apple's mps is used when it is asked for alone: networks this small leave a GPU idle between steps.

    Raises NeuralShapesError for an unknown name, or when the machine has no such device.
    """
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device("cuda" if available["cuda"] else "cpu")
    if name not in available:
        raise NeuralShapesError(f"There is no device {name!r}; choose one of {', '.join(DEVICES)}.")
    if not available[name]:
        raise NeuralShapesError(f"This machine has no {name} device that torch can use; choose auto or cpu.")
    return torch.device(name)
