"""NeuralShape: a nested field with its placement, where it came from, and how good it is."""

from dataclasses import dataclass, field

from .fields.nested import NestedField
from .geometry.placement import Placement


@dataclass(frozen=True)
class Provenance:
    """Where a shape came from, and what repeats its training.

    ``seconds`` holds seconds by phase (distances, training, measuring): CPU seconds of the process on a
    CPU, wall time on a GPU. ``source_digest`` is ``TriangleMesh.digest`` of the mesh that was given,
    by which an edited source is recognised. ``steps`` were taken of ``planned_steps``: fewer when the
    training was cancelled.
    """

    source: str = ""
    source_digest: str = ""
    recipe: str = ""
    seed: int = 0
    steps: int = 0
    planned_steps: int = 0
    threads: int = 0
    device: str = "cpu"
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class NeuralShape:
    """What training makes, a file stores and an object carries.

    ``measures`` are the figures of ``core.geometry.measures``, in domain units, by their names there;
    ``failed`` among them is a sentence when the training failed, and an empty string otherwise.
    """

    field: NestedField
    placement: Placement
    provenance: Provenance = Provenance()
    measures: dict[str, float | int | str] = field(default_factory=dict)
