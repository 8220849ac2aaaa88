"""What a morph takes from an earlier one between the same meshes."""

from collections.abc import Collection, Sequence
from itertools import pairwise

from ..fields.nested import NestedField
from ..fields.space_time import BlendedSegment, Segment
from ..neural_shape import Key, NeuralShape
from .morph_keys import same_place


def earlier_segments(start: NeuralShape | None, keys: Sequence[Key], mode: str) -> list[Segment | None]:
    """For each pair of keys the segment between them in an earlier morph of the same mode, if it has one."""
    if start is None or start.provenance.recipe != mode:
        return [None] * (len(keys) - 1)
    pairs = list(zip(pairwise(start.keys), start.field.segments, strict=True))

    def between(pair: tuple[Key, Key]) -> Segment | None:
        found = (segment for earlier, segment in pairs if all(map(_is_same, earlier, pair)))
        return next(found, None)

    return [between(pair) for pair in pairwise(keys)]


def kept_parts(
    earlier: Sequence[Segment | None], retrain: Collection[int]
) -> tuple[list[Segment | None], dict[int, NestedField]]:
    """The earlier segments that stay as they are, and a blend's fields that do, by the places of their keys.

    Of the segments ``retrain`` nothing stays. Those of a blend share a key's field with their neighbours,
    which are put together anew as well.
    """
    changed = {key for index in retrain for key in (index, index + 1)}
    kept = [
        None if index in retrain or (_blends(segment) and changed & {index, index + 1}) else segment
        for index, segment in enumerate(earlier)
    ]
    ends = {
        key: field
        for index, segment in enumerate(earlier)
        if _blends(segment)
        for key, field in ((index, segment.first), (index + 1, segment.second))
    }
    return kept, {key: field for key, field in ends.items() if key not in changed}


def _blends(segment: Segment | None) -> bool:
    return isinstance(segment, BlendedSegment)


def _is_same(earlier: Key, key: Key) -> bool:
    return earlier.source_digest == key.source_digest and same_place(earlier.placement, key.placement)
