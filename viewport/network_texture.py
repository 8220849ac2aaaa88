"""Packs the networks of a nested field into one texture and the numbers that find them there."""

from dataclasses import dataclass

import gpu
import numpy as np

from ..core.fields.nested import NestedField, Network
from ..core.fields.siren import Siren
from .errors import PreviewError

# Texels of a row: far below every device's limit, which is 16384 nearly everywhere.
WEIGHTS_WIDTH = 2048
MAXIMUM_LEVELS = 4
# Limits of the shaders' arrays; the presets stay far below (256 and 4).
MAXIMUM_WIDTH = 512
MAXIMUM_LAYERS = 8
# Neurons of one texel.
GROUP = 4


@dataclass(frozen=True)
class PackedField:
    """A nested field as the shaders read it (shaders/weights.glsl, shaders/uniforms.glsl).

    texels: float32 (N, 4). networks: int32 (4, 4), per level its first texel, its neurons / 4, its hidden
    layers, and the level that its sum starts with. bands: float32 (4, 4), per level its threshold, and
    scale, inner and outer distance of a residual.
    """

    texels: np.ndarray
    networks: np.ndarray
    bands: np.ndarray
    level_count: int

    @property
    def widest(self) -> int:
        """Neurons of the widest layer, rounded up to whole texels."""
        return int(self.networks[:, 1].max()) * GROUP

    @property
    def sums(self) -> int:
        """How many levels stand alone, each the beginning of a sum."""
        return len(set(self.networks[: self.level_count, 3]))

    @property
    def deepest(self) -> int:
        """Hidden layers of the deepest network."""
        return int(self.networks[:, 2].max())

    def texture(self) -> gpu.types.GPUTexture:
        """The texels as a texture of WEIGHTS_WIDTH columns."""
        rows = -(-len(self.texels) // WEIGHTS_WIDTH)
        filled = np.zeros((rows * WEIGHTS_WIDTH, GROUP), dtype=np.float32)
        filled[: len(self.texels)] = self.texels
        data = gpu.types.Buffer("FLOAT", filled.size, filled.ravel())
        return gpu.types.GPUTexture((WEIGHTS_WIDTH, rows), format="RGBA32F", data=data)


def pack_field(field: NestedField) -> PackedField:
    """The field's networks one after the other, each layer padded with neurons that do nothing.

    Raises PreviewError when the field exceeds the shaders' limits, has activations other than sines, or
    weights that are not finite.
    """
    levels = field.levels
    if len(levels) > MAXIMUM_LEVELS:
        raise PreviewError(
            f"The preview shows at most {MAXIMUM_LEVELS} levels; this shape has {len(levels)}."
        )
    networks = np.zeros((MAXIMUM_LEVELS, 4), dtype=np.int32)
    bands = np.zeros((MAXIMUM_LEVELS, 4), dtype=np.float32)
    blocks: list[np.ndarray] = []
    first_texel = start_of_sum = 0
    for index, level in enumerate(levels):
        block = _pack_network(level.network)
        if level.band is None:
            start_of_sum = index
        groups = _groups(level.network)
        networks[index] = first_texel, groups, len(level.network.weights) - 1, start_of_sum
        bands[index, 0] = level.threshold
        if level.band is not None:
            bands[index, 1:] = level.band.scale, level.band.inner, level.band.outer
        blocks.append(block)
        first_texel += len(block)
    return PackedField(np.concatenate(blocks), networks, bands, len(levels))


def _groups(network: Network) -> int:
    widest = max(len(bias) for bias in network.biases)
    return -(-widest // GROUP)


def _pack_network(network: Network) -> np.ndarray:
    if not isinstance(network, Siren):
        raise PreviewError(
            f"The preview draws networks of sines, and this shape has one of {network.activation};"
            " extract its surface to see it."
        )
    groups = _groups(network)
    if groups * GROUP > MAXIMUM_WIDTH or len(network.weights) - 1 > MAXIMUM_LAYERS:
        raise PreviewError(
            f"The preview evaluates networks of up to {MAXIMUM_WIDTH} neurons and {MAXIMUM_LAYERS} hidden"
            f" layers; this shape has one of {groups * GROUP} and {len(network.weights) - 1}."
        )
    width = groups * GROUP
    blocks = []
    omegas = [network.first_omega] + [network.hidden_omega] * (len(network.weights) - 2)
    for index, omega in enumerate(omegas):
        rows = np.zeros((GROUP if index == 0 else width, width))
        weight = network.weights[index].astype(np.float64)
        rows[: weight.shape[1], : weight.shape[0]] = omega * weight.T
        bias = np.zeros((1, width))
        bias[0, : len(network.biases[index])] = omega * network.biases[index].astype(np.float64)
        blocks += [rows, bias]
    last = np.zeros((1, width))
    last[0, : network.weights[-1].shape[1]] = network.weights[-1]
    blocks += [last, np.concatenate([network.biases[-1], np.zeros(GROUP - 1)])[None]]
    texels = np.concatenate([block.reshape(-1, GROUP) for block in blocks]).astype(np.float32)
    if not np.isfinite(texels).all():
        raise PreviewError("The shape has weights that are not finite numbers; train it again.")
    return texels
