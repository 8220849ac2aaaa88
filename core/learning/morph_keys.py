"""The keys of a morph: meshes cleaned, placed together in the domain, and scaled to one volume."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import NeuralShapesError
from ..geometry.cleaning import cleaned_with_repairs
from ..geometry.distance import SignedDistance
from ..geometry.mesh import TriangleMesh
from ..geometry.placement import DOMAIN_EXTENT, Placement
from ..geometry.repairs import Repairs
from ..geometry.source import placed_mesh
from ..geometry.volume import solid_volume
from ..neural_shape import Key, NeuralShape

# Relative differences of placements and volumes that are rounding.
SAME = 1e-6
# A placed mesh smaller than this, in domain units out of 1.8, has no detail left that a morph could show.
SMALLEST_EXTENT = 0.15


@dataclass(frozen=True)
class PlacedKey:
    """A key, its solid where the morph has it in the domain, and what was repaired of its mesh."""

    key: Key
    solid: SignedDistance
    repairs: Repairs

    @property
    def thickness(self) -> float:
        """Twice the volume over the surface: what a plate's thickness would be, in domain units."""
        volume = self.key.volume * self.key.shrinkage**3
        return 2 * volume / float(self.solid.mesh.face_areas.sum())


def placed_keys(
    meshes: Sequence[TriangleMesh],
    sources: Sequence[str],
    placement: str,
    equal_volumes: bool,
    earlier: NeuralShape | None = None,
) -> tuple[list[PlacedKey], Placement]:
    """The keys of meshes given in object space, and the placement of the morph as a whole.

    ``placement`` "fit" puts each mesh into the domain by itself, "keep" leaves them as they stand to one
    another; the whole is then placed as the first mesh, or as they all. For ``equal_volumes`` all but the
    smallest are scaled down to its volume, about the centres of their bounding boxes (Buonomo et al. 2025).
    Where an earlier morph of the same kind of placement has a domain that holds all meshes still, and none is
    below its volume, both are kept, so that meshes which did not change are where they were.
    Raises NeuralShapesError for less than two meshes, for one that bounds no solid, and for one that would be
    tiny beside the others.
    """
    if len(meshes) < 2:
        raise NeuralShapesError("A morph needs at least two meshes.")
    sound, repairs = zip(*(cleaned_with_repairs(mesh) for mesh in meshes), strict=True)
    if placement == "keep":
        placements = [_common_placement(sound, earlier)] * len(sound)
    else:
        placements = [Placement.of_mesh(mesh) for mesh in sound]
    placed = [placed_mesh(*mesh) for mesh in zip(sound, repairs, placements, strict=True)]
    volumes = [solid_volume(source.solid) for source in placed]
    if not min(volumes) > 0:
        raise NeuralShapesError(
            f"{sources[int(np.argmin(volumes))]} encloses no volume; close its holes first."
        )
    if earlier is not None and not _has_same_units(earlier, meshes, volumes):
        earlier = None  # Its volumes are in units of another domain.
    common = _common_volume(volumes, earlier)
    keys = []
    for index, source in enumerate(placed):
        vertices = source.solid.mesh.vertices
        low, high = vertices.min(axis=0), vertices.max(axis=0)
        centre = (low + high) / 2
        factor = min(1.0, (common / volumes[index]) ** (1 / 3)) if equal_volumes else 1.0
        place, solid = _scaled(source.placement, source.solid, factor, centre)
        key = Key(sources[index], meshes[index].digest, place, volumes[index], factor, tuple(centre.tolist()))
        _check_size(sources[index], solid, placement)
        keys.append(PlacedKey(key, solid, source.repairs))
    return keys, placements[0] if placement == "keep" else keys[0].key.placement


def _common_placement(meshes: Sequence[TriangleMesh], earlier: NeuralShape | None) -> Placement:
    """The placement of meshes as they stand to one another."""
    points = np.concatenate([mesh.vertices for mesh in meshes])
    if earlier is not None and _has_one_placement(earlier):
        extent = np.abs(earlier.placement.to_domain(points)).max()
        if extent <= DOMAIN_EXTENT * (1 + SAME):
            return earlier.placement
    return Placement.of_mesh(TriangleMesh(points, np.empty((0, 3))))


def _has_one_placement(morph: NeuralShape) -> bool:
    """Whether the keys were placed as they stand to one another, which their scaling down does not change."""
    scales = [key.placement.scale / key.shrinkage for key in morph.keys]
    return np.allclose(scales, morph.placement.scale, rtol=SAME, atol=0)


def _has_same_units(earlier: NeuralShape, meshes: Sequence[TriangleMesh], volumes: Sequence[float]) -> bool:
    """Whether the meshes that an earlier morph has too, if any, have the volume there that they have here."""
    before = {key.source_digest: key.volume for key in earlier.keys}
    pairs = zip(meshes, volumes, strict=True)
    ratios = [before[mesh.digest] / volume for mesh, volume in pairs if mesh.digest in before]
    return bool(ratios) and np.allclose(ratios, 1, rtol=0, atol=SAME)


def _common_volume(volumes: Sequence[float], earlier: NeuralShape | None) -> float:
    """The volume that meshes of these volumes are scaled down to."""
    if earlier is not None:
        common = min(key.volume * key.shrinkage**3 for key in earlier.keys)
        if common <= min(volumes) * (1 + SAME):
            return common
    return min(volumes)


def same_place(one: Placement, other: Placement) -> bool:
    """Whether two placements put everything in the domain in the same place, but for rounding."""
    moved = (np.array(one.centre) - other.centre) * one.scale
    return abs(one.scale / other.scale - 1) < SAME and np.abs(moved).max() < SAME


def _check_size(source: str, solid: SignedDistance, placement: str) -> None:
    extent = np.ptp(solid.mesh.vertices, axis=0).max()
    if extent >= SMALLEST_EXTENT:
        return
    advice = " or fit each mesh by itself" if placement == "keep" else ""
    raise NeuralShapesError(
        f"{source} is too small beside the others, or too far away; bring them closer in place and size"
        f"{advice}."
    )


def _scaled(
    place: Placement, solid: SignedDistance, factor: float, centre: np.ndarray
) -> tuple[Placement, SignedDistance]:
    """A placed solid scaled about a centre, and the placement that does both."""
    if factor == 1:
        return place, solid

    def scale(mesh: TriangleMesh) -> TriangleMesh:
        return TriangleMesh(centre + factor * (mesh.vertices - centre), mesh.faces)

    # domain = factor (scale (x - c) - centre) + centre = factor scale (x - c')
    moved = np.array(place.centre) - (1 - factor) / factor * centre / place.scale
    scaled = Placement((float(moved[0]), float(moved[1]), float(moved[2])), factor * place.scale)
    return scaled, SignedDistance(scale(solid.mesh), scale(solid.walls))
