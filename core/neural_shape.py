"""NeuralShape: a field with its placement, where it came from, and how good it is."""

from dataclasses import dataclass, field, replace

from .errors import NeuralShapesError
from .fields.nested import NestedField
from .fields.space_time import SpaceTimeField, nested_field_at_time
from .geometry.placement import Placement
from .geometry.repairs import Repairs
from .geometry.surface_boundary import SurfaceBoundary


@dataclass(frozen=True)
class Provenance:
    """Where a shape came from, and what repeats its training.

    ``seconds`` holds seconds by phase (distances, training, measuring): CPU seconds of the process on a
    CPU, wall time on a GPU. ``source_digest`` is ``TriangleMesh.digest`` of the mesh that was given,
    by which an edited source is recognised. ``steps`` were taken of ``planned_steps``: fewer when the
    training was cancelled. ``steps_of_levels`` are the planned ones of each level of a static shape.
    ``repairs`` tells what the source was repaired of.
    """

    source: str = ""
    source_digest: str = ""
    recipe: str = ""
    seed: int = 0
    steps: int = 0
    planned_steps: int = 0
    steps_of_levels: tuple[int, ...] = ()
    threads: int = 0
    device: str = "cpu"
    seconds: dict[str, float] = field(default_factory=dict)
    repairs: Repairs = field(default_factory=Repairs)


@dataclass(frozen=True)
class Key:
    """A mesh that a morph passes through.

    ``placement`` takes the mesh to where the morph has it in the domain. There it has been scaled about
    ``centre`` by ``shrinkage``, at most 1, to the volume that all keys have in common; ``volume`` is its own
    before that, in cubed domain units.
    """

    source: str
    source_digest: str
    placement: Placement
    volume: float
    shrinkage: float = 1.0
    centre: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class NeuralShape:
    """What training makes, a file stores and an object carries.

    ``measures`` are the figures of ``core.geometry.measures``, in domain units, by their names there;
    ``failed`` among them is a sentence when the training failed, and an empty string otherwise. A shape that
    changes over time has one key for each of its field's times, and figures ``over_time`` by the names of
    ``core.geometry.morph_measures``, one for each of the times under ``time``. ``boundary`` is where the
    surface of an open source ends, and None for a closed one.
    """

    field: NestedField | SpaceTimeField
    placement: Placement
    provenance: Provenance = Provenance()
    measures: dict[str, float | int | str] = field(default_factory=dict)
    keys: tuple[Key, ...] = ()
    over_time: dict[str, tuple[float, ...]] = field(default_factory=dict)
    boundary: SurfaceBoundary | None = None

    @property
    def unmeasured(self) -> str:
        """The note for the artist on a shape that memory ran out for while it was measured; empty for others.

        That took time; a measuring that is cancelled leaves no seconds of it.
        """
        if self.measures or "measuring" not in self.provenance.seconds:
            return ""
        return "Memory ran out while the shape was measured, so that it has no figures."

    @property
    def changes_over_time(self) -> bool:
        """Whether the field has time as a fourth coordinate."""
        return self.field.dimension == 4

    def at_time(self, time: float, true_volume: bool = False) -> "NeuralShape":
        """The static shape at a time, 0 to 1 over the whole morph.

        Where all keys were scaled to one volume, the shape keeps it, or goes linearly from each key's true
        volume to the next one's. That is a scaling of the whole, so it is a matter of the placement alone.
        Raises NeuralShapesError for a shape that does not change over time.
        """
        if not self.changes_over_time:
            raise NeuralShapesError("This shape does not change over time, so no time can be chosen.")
        if isinstance(self.field, NestedField):
            return replace(self, field=nested_field_at_time(self.field, time))
        placement = self.placement_at_time(time, true_volume)
        return replace(self, field=self.field.at_time(time), placement=placement, keys=(), over_time={})

    def placement_at_time(self, time: float, true_volume: bool = False) -> Placement:
        """Where and how large the shape is at a time, as ``at_time`` says."""
        if not true_volume or isinstance(self.field, NestedField):
            return self.placement
        index, share = self.field.locate(time)
        before, after = self.keys[index : index + 2]
        volume = (1 - share) / before.shrinkage**3 + share / after.shrinkage**3
        if self.placement == self.keys[0].placement:
            # The whole is shown as large as its first mesh.
            volume *= self.keys[0].shrinkage ** 3
        factor = volume ** (1 / 3)
        # domain = centre + factor (p - centre), seen through this shape's placement
        fixed = [(1 - share) * a + share * b for a, b in zip(before.centre, after.centre, strict=True)]
        moved = [
            c + (1 - factor) * f / self.placement.scale
            for c, f in zip(self.placement.centre, fixed, strict=True)
        ]
        return Placement((moved[0], moved[1], moved[2]), self.placement.scale / factor)
