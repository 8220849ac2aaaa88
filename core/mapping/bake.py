"""Baking: an attribute of a neural shape at the texels of a target's UV layout."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ..errors import NeuralShapesError
from ..fields.field import Field
from .attributes import Attribute, SurfaceSamples, map_attribute
from .margin import extend_margin
from .neural_normals import Reach, agreement, check_orientation
from .tangent_space import to_tangent_space
from .texels import TexelSamples, rasterise, sample_offsets
from .transform import TargetTransform, normalized

# Texels sampled between two reports of progress: some tenths of a second's work.
TEXELS_PER_BAND = 1 << 17


class NormalSpace(StrEnum):
    """The space of a baked normal."""

    TANGENT = "tangent"
    OBJECT = "object"


@dataclass(frozen=True)
class BakeTarget:
    """The triangles of a target, in its own space and units.

    ``positions``, ``normals`` (T, 3, 3) and ``uvs`` (T, 3, 2) belong to the corners; so do ``tangents``
    (T, 3, 4), MikkTSpace's tangent and the sign of its bitangent, which only tangent space needs.
    """

    positions: np.ndarray
    normals: np.ndarray
    uvs: np.ndarray
    tangents: np.ndarray | None = None


@dataclass(frozen=True)
class BakeSettings:
    """What is baked and how: samples_per_side squared samples a texel, and a margin in texels."""

    attribute: Attribute
    width: int
    height: int
    space: NormalSpace = NormalSpace.TANGENT
    samples_per_side: int = 1
    margin: int = 16

    @property
    def needs_tangents(self) -> bool:
        """Whether the target must have tangents."""
        return self.attribute is Attribute.NORMAL and self.space is NormalSpace.TANGENT


@dataclass(frozen=True)
class BakedMap:
    """Values (H, W, channels), row 0 at v = 0, and which texels have one, the margin included (H, W).

    ``masked_share`` and ``overlapping_share`` are shares of the samples: of those out of the shape's reach,
    and of those in triangles that overlap others in the UV layout.
    """

    values: np.ndarray
    covered: np.ndarray
    masked_share: float
    overlapping_share: float


def bake(
    field: Field,
    target: BakeTarget,
    transform: TargetTransform,
    settings: BakeSettings,
    reach: Reach,
    report: Callable[[float], None] = lambda share: None,
) -> BakedMap:
    """Bake one map; ``report`` is told the share done now and then, and may raise to stop the work.

    Raises NeuralShapesError when no texel lies in any triangle, or the target is inside out.
    """
    baker = _Baker(field, target, transform, settings, reach)
    rows_per_band = max(1, TEXELS_PER_BAND // settings.width)
    offsets = sample_offsets(settings.samples_per_side)
    for start in range(0, settings.height, rows_per_band):
        rows = range(start, min(start + rows_per_band, settings.height))
        for index, offset in enumerate(offsets):
            report((start + len(rows) * index / len(offsets)) / settings.height)
            baker.sample_rows(rows, offset)
    return baker.finished()


class _Baker:
    """Sums of the samples of each texel, and counts."""

    def __init__(
        self,
        field: Field,
        target: BakeTarget,
        transform: TargetTransform,
        settings: BakeSettings,
        reach: Reach,
    ) -> None:
        self.field, self.target, self.transform = field, target, transform
        self.settings, self.reach = settings, reach
        size = (settings.height, settings.width)
        self.values = np.zeros((*size, settings.attribute.channels), dtype=np.float32)
        self.counts = np.zeros(size, dtype=np.uint16)
        self.masked = self.overlapping = 0
        self.agreement = 0.0

    def sample_rows(self, rows: range, offset: tuple[float, float]) -> None:
        settings = self.settings
        values = self.values[rows.start : rows.stop].reshape(-1, settings.attribute.channels)
        counts = self.counts[rows.start : rows.stop].reshape(-1)
        samples = rasterise(self.target.uvs, settings.width, rows, settings.height, offset)
        values[samples.texels] += self._values_at(samples)
        counts[samples.texels] += 1
        self.overlapping += samples.overlaps

    def _values_at(self, samples: TexelSamples) -> np.ndarray:
        points = _interpolated(self.target.positions, samples)
        normals = _interpolated(self.target.normals, samples)
        surface = SurfaceSamples(points, normalized(normals).astype(np.float32))
        mapped = map_attribute(self.settings.attribute, self.field, surface, self.transform, self.reach)
        self.masked += int(np.sum(mapped.weights == 0))
        if self.settings.attribute is Attribute.NORMAL:
            self.agreement += agreement(surface.normals, mapped.values, mapped.weights)
        if self.settings.needs_tangents:
            return to_tangent_space(mapped.values, normals, _interpolated(self.target.tangents, samples))
        return mapped.values

    def finished(self) -> BakedMap:
        total = int(self.counts.sum(dtype=np.int64))
        if not total:
            raise NeuralShapesError(
                "The UV map lies outside of the image; unwrap the target or move its UVs into the 0-1 square."
            )
        check_orientation(self.agreement)
        self.values /= np.maximum(self.counts, 1)[..., None]
        covered = extend_margin(self.values, self.counts > 0, self.settings.margin)
        if self.settings.attribute is Attribute.NORMAL:
            self.values = normalized(self.values)
        overlapping_share = self.overlapping / (total + self.overlapping)
        return BakedMap(self.values, covered, self.masked / total, overlapping_share)


def _interpolated(corners: np.ndarray, samples: TexelSamples) -> np.ndarray:
    """Values (T, 3, K) of corners at samples, (N, K)."""
    return np.einsum("nk,nkv->nv", samples.barycentric, corners[samples.triangles])
