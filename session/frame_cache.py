"""Meshes of other frames, ready to be swapped in: bounded, never saved, and never held by a reference.

They lie in the file without users, so that Blender neither saves them nor keeps them in its undo steps; undo
invalidates every reference to a mesh, so that each is looked up by its name, and by what it says of itself.
"""

from collections import OrderedDict
from typing import NamedTuple

import bpy

from ..scene.moment_mesh import Moment, moment_of, size


class FrameKey(NamedTuple):
    """A moment of an object by its session's number, under its materials by theirs.

    Duplicates of an object have the same networks, and meshes of their own, since their materials may differ.
    """

    holder: int
    materials: tuple[int, ...]
    moment: Moment

    @classmethod
    def of(cls, holder: bpy.types.Object, moment: Moment) -> "FrameKey":
        """The key of an object's moment as it is now."""
        slots = (slot.material for slot in holder.material_slots)
        return cls(holder.session_uid, tuple(m.session_uid if m else 0 for m in slots), moment)


class _Entry(NamedTuple):
    name: str
    size: int


class FrameCache:
    """Ready meshes by their keys, of which those not used for longest go first."""

    def __init__(self) -> None:
        self._entries: OrderedDict[FrameKey, _Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: FrameKey) -> bool:
        return key in self._entries

    @property
    def size(self) -> int:
        """About how many bytes all meshes take."""
        return sum(entry.size for entry in self._entries.values())

    def find(self, key: FrameKey) -> bpy.types.Mesh | None:
        """The mesh of a key, which then was used last; None where there is none, or not any more."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        mesh = _mesh(key, entry)
        if mesh is None:
            del self._entries[key]
        else:
            self._entries.move_to_end(key)
        return mesh

    def add(self, key: FrameKey, mesh: bpy.types.Mesh) -> None:
        """Keep a mesh that shows the key's moment, in place of one that is there."""
        if key in self._entries:
            self._drop_unused(key)
        self._entries[key] = _Entry(mesh.name, size(mesh))

    def trim(self, limit: int) -> None:
        """Let go of meshes until the limit in bytes holds; those on objects stay."""
        excess = self.size - limit
        for key in list(self._entries):
            if excess <= 0:
                break
            excess -= self._drop_unused(key)

    def has_room(self, limit: int) -> bool:
        """Whether one more mesh, of the mean size, keeps to the limit in bytes."""
        count = len(self._entries)
        return self.size * (count + 1) / count <= limit if count else limit > 0

    def keep_holders(self, holders: set[int]) -> None:
        """Let go of the meshes of all objects but these, by their session's numbers."""
        for key in [key for key in self._entries if key.holder not in holders]:
            self._drop_unused(key)

    def forget(self) -> None:
        """Forget all meshes: the file that they were in is closed."""
        self._entries.clear()

    def clear(self) -> None:
        """Let go of all meshes that no object shows, and forget the others."""
        self.keep_holders(set())
        self.forget()

    def _drop_unused(self, key: FrameKey) -> int:
        """Remove a mesh that nothing uses; returns the bytes that this frees."""
        entry = self._entries[key]
        mesh = _mesh(key, entry)
        if mesh is not None and mesh.users:
            return 0
        if mesh is not None:
            # Nothing uses it: the search for users, which takes long in a large file, is left out.
            bpy.data.meshes.remove(mesh, do_unlink=False)
        del self._entries[key]
        return entry.size


def _mesh(key: FrameKey, entry: _Entry) -> bpy.types.Mesh | None:
    mesh = bpy.data.meshes.get((entry.name, None))
    return mesh if mesh is not None and moment_of(mesh) == key.moment else None
