"""The losses of neural signed distance functions, each under its name in the literature.

Losses of values take f and the exact distances d, (N,), in domain units; losses of gradients take grad f and
the surface's unit normals, (N, 3), which are zero for points off the surface. All return one number for each
point, (N,), and zero for points that they do not concern.
"""

import torch
from torch import Tensor


def signed_distance(values: Tensor, distances: Tensor) -> Tensor:
    """|f - d|: regression of exact distances (Davies et al. 2020, section 3)."""
    return (values - distances).abs()


def surface(values: Tensor, distances: Tensor) -> Tensor:
    """|f| at points of the surface (Sitzmann et al. 2020, equation 6)."""
    return values.abs() * (distances == 0)


def normal_difference(gradients: Tensor, normals: Tensor) -> Tensor:
    """|grad f - n| at points of the surface: IGR's normal term (Gropp et al. 2020, equation 2).

    It also holds the gradient's length at 1 there.
    """
    return (gradients - normals).norm(dim=1) * normals.any(dim=1)


def normal_alignment(gradients: Tensor, normals: Tensor) -> Tensor:
    """1 - cos of the angle between gradient and normal (Sitzmann et al. 2020; Novello et al. 2022)."""
    return (1 - torch.cosine_similarity(gradients, normals, dim=1)) * normals.any(dim=1)


def eikonal(gradients: Tensor, normals: Tensor) -> Tensor:
    """(|grad f| - 1)^2 over space alone, on and off the surface (Gropp et al. 2020, equation 2)."""
    return (gradients[:, :3].norm(dim=1) - 1).square()


OF_VALUES = {loss.__name__: loss for loss in (signed_distance, surface)}
OF_GRADIENTS = {loss.__name__: loss for loss in (normal_difference, normal_alignment, eikonal)}
