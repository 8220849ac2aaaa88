"""A real step of training on a device: proof that this torch computes there, and what it computes with."""

import os

import igl  # noqa: F401  Training measures distances with it: it has to load.
import torch
from skimage.measure import marching_cubes  # noqa: F401  And surfaces are extracted with this.

from ..errors import NeuralShapesError
from .devices import torch_device
from .losses import signed_distance
from .networks import SirenModule, initial_siren
from .optimisers import optimiser
from .recipes import BASE

POINTS = 1024
RADIUS = 0.5
# SOAP's first step only takes up the second moments; the second one moves the weights.
STEPS = 2


def training_steps(device: str) -> dict[str, str | int]:
    """Train the coarse level's network on a sphere for two steps, and tell what did it.

    Returns "torch", its version, "device", the device's name as people know it, and "memory", the bytes of
    its memory (0 where unknown). Raises NeuralShapesError when there is no such device or the loss is not
    finite there, and whatever torch raises when it fails.
    """
    target = torch_device(device)
    generator = torch.Generator().manual_seed(0)
    network = SirenModule(initial_siren(BASE.network, 3, generator)).to(target)
    points = (torch.rand((POINTS, 3), generator=generator) * 2 - 1).to(target)
    distances = points.norm(dim=1) - RADIUS
    optimise = optimiser(BASE.optimiser, list(network.parameters()))
    for _ in range(STEPS):
        optimise.zero_grad()
        loss = signed_distance(network(points), distances).mean()
        loss.backward()
        optimise.step()
    if not bool(torch.isfinite(network(points)).all()):
        raise NeuralShapesError(f"PyTorch {torch.__version__} computes wrong numbers on {target}.")
    return {"torch": torch.__version__, "device": _name(target), "memory": _memory(target)}


def _name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return "Apple GPU" if device.type == "mps" else f"CPU, {torch.get_num_threads()} threads"


def _memory(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.get_device_properties(device).total_memory
    if device.type == "mps":
        return torch.mps.recommended_max_memory()
    if hasattr(os, "sysconf"):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return 0
