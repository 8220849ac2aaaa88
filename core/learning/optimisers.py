"""The optimisers of the recipes: SOAP with a clipped update, and Adam."""

import torch
from pytorch_optimizer.optimizer.soap import SOAP
from torch import Tensor
from torch.optim import Adam, Optimizer

# Largest entry of an update in SOAP's eigenbasis, where a typical one is below 1; unclipped, the few
# entries whose second moment is still unknown diverged at these learning rates (measured).
LARGEST_UPDATE = 3.0
# Decay rates of the first and second moments. SOAP's authors take 0.95 for the first (Vyas et al. 2024); in
# trainings as short as these 0.85 lowers the mean |f| on the surface by a tenth (lucy and fandisk, measured).
SOAP_DECAY_RATES = (0.85, 0.95)


class ClippedSOAP(SOAP):
    """SOAP (Vyas et al. 2024) with every entry of its update clipped in the eigenbasis."""

    def project(self, grad: Tensor, *arguments, project_type: str = "forward", **settings) -> Tensor:
        """Into the eigenbasis ("forward"), or back out of it ("backward") with clipped entries."""
        if project_type == "backward":
            grad = grad.clamp(-LARGEST_UPDATE, LARGEST_UPDATE)
        return super().project(grad, *arguments, project_type=project_type, **settings)


def optimiser(name: str, parameters: list[torch.nn.Parameter]) -> Optimizer:
    """The optimiser "soap" or "adam" over parameters; the schedule sets its learning rate at each step."""
    if name == "soap":
        return ClippedSOAP(parameters, betas=SOAP_DECAY_RATES, weight_decay=0.0)
    return Adam(parameters)
