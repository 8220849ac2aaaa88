"""What meshes show at other frames, ready to be shown: bounded, outside Blender's data, undo and files."""

from collections import OrderedDict
from typing import NamedTuple

import bpy

from ..scene.mesh_content import MeshContent
from ..scene.moment_mesh import Moment


class FrameKey(NamedTuple):
    """A moment of an object by its session's number, under its materials by theirs.

    Duplicates of an object have the same networks, and frames of their own, since their materials may differ.
    """

    holder: int
    materials: tuple[int, ...]
    moment: Moment

    @classmethod
    def of(cls, holder: bpy.types.Object, moment: Moment) -> "FrameKey":
        """The key of an object's moment as it is now."""
        slots = (slot.material for slot in holder.material_slots)
        return cls(holder.session_uid, tuple(m.session_uid if m else 0 for m in slots), moment)


class FrameCache:
    """Contents of meshes by their keys, of which those not used for longest go first."""

    def __init__(self) -> None:
        self._entries: OrderedDict[FrameKey, MeshContent] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: FrameKey) -> bool:
        return key in self._entries

    @property
    def size(self) -> int:
        """How many bytes all take."""
        return sum(content.size for content in self._entries.values())

    def find(self, key: FrameKey) -> MeshContent | None:
        """What is ready for a key, which then was used last; None where nothing is."""
        if key in self._entries:
            self._entries.move_to_end(key)
        return self._entries.get(key)

    def add(self, key: FrameKey, content: MeshContent, limit: int) -> None:
        """Keep what a key's mesh shows; others go until the limit in bytes holds."""
        self._entries[key] = content
        while self._entries and self.size > limit:
            self._entries.popitem(last=False)

    def has_room(self, limit: int) -> bool:
        """Whether one more, of the mean size, keeps to the limit in bytes."""
        count = len(self._entries)
        return self.size * (count + 1) / count <= limit if count else limit > 0

    def keep_holders(self, holders: set[int]) -> None:
        """Let go of what is kept of all objects but these, by their session's numbers."""
        for key in [key for key in self._entries if key.holder not in holders]:
            del self._entries[key]

    def clear(self) -> None:
        """Let go of all."""
        self._entries.clear()
