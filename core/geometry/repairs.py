"""What a source was repaired of before a neural shape was trained on it, and the sentence that says so."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Repairs:
    """Numbers of triangles by what was done to them; all are zero for a sound mesh.

    Doubled positions are welded without being counted, since every UV seam leaves some.
    """

    without_area: int = 0
    repeated: int = 0
    turned: int = 0
    hidden: int = 0

    def __add__(self, other: "Repairs") -> "Repairs":
        """Those of two sources together."""
        return Repairs(**{name: count + getattr(other, name) for name, count in asdict(self).items()})

    @property
    def sentence(self) -> str:
        """The note for the artist, empty when nothing was repaired."""
        done = (
            (self.without_area, "without area dropped"),
            (self.repeated, "repeated dropped"),
            (self.turned, "turned outwards"),
            (self.hidden, "hidden inside the solid left out"),
        )
        parts = [f"{count:,} {what}" for count, what in done if count]
        return f"Triangles repaired for training: {', '.join(parts)}." if parts else ""
