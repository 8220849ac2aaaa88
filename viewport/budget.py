"""How much of a picture one redraw may trace on this device, so that Blender stays fluid."""

# Seconds of tracing in one redraw, while the view rests and while it moves: twenty redraws a second leave
# room for the rest of the scene.
SECONDS_AT_REST = 0.05
SECONDS_IN_MOTION = 0.1
# At rest tracing may take as long as Blender's own part of a redraw, but never longer than this.
MOST_SECONDS_AT_REST = 0.5
# A chunk is as many rows as fill this share of the budget, so that the last one exceeds it by little.
CHUNK_SHARE = 0.5
# Assumed before anything was measured: a software renderer's pace, so that the first chunk is short anywhere.
FIRST_PIXELS_PER_SECOND = 20_000.0
# Weight of the latest measurement.
ADAPTATION = 0.4
# Rows of a compute tile at most: a chunk of whole tiles wastes none.
ROWS_OF_TILE = 8


def seconds_at_rest(redraw_seconds: float) -> float:
    """How long to trace in a redraw at rest, where Blender needs this long for the rest of a redraw."""
    return min(max(redraw_seconds, SECONDS_AT_REST), MOST_SECONDS_AT_REST)


class Budget:
    """The device's measured pace for one shape, and what fits into a redraw at that pace."""

    def __init__(self) -> None:
        self._pixels_per_second = FIRST_PIXELS_PER_SECOND

    def seconds_for(self, pixels: int) -> float:
        """How long tracing this many pixels takes by what was measured so far."""
        return pixels / self._pixels_per_second

    def rows_of_chunk(self, width: int, seconds: float) -> int:
        """Rows of a picture to trace at a time, when a redraw has this many seconds."""
        rows = int(CHUNK_SHARE * seconds * self._pixels_per_second / width)
        return max(ROWS_OF_TILE, rows // ROWS_OF_TILE * ROWS_OF_TILE)

    def note(self, pixels: int, seconds: float) -> None:
        """Take account of a chunk that was traced."""
        measured = pixels / max(seconds, 1e-6)
        self._pixels_per_second += ADAPTATION * (measured - self._pixels_per_second)
