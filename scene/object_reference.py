"""A name for an object that outlives undo, which invalidates every Python reference to Blender's data."""

from dataclasses import dataclass

import bpy


@dataclass(frozen=True)
class ObjectReference:
    """An object by the number that Blender gives it for the session, which undo and renaming keep."""

    session_uid: int

    @classmethod
    def of(cls, target: bpy.types.Object) -> "ObjectReference":
        """The reference to an object."""
        return cls(target.session_uid)

    @property
    def key(self) -> str:
        """The object's key in the table of jobs."""
        return str(self.session_uid)

    def find(self) -> bpy.types.Object | None:
        """The object as it is now, or None when it was deleted or another file was opened."""
        return next((found for found in bpy.data.objects if found.session_uid == self.session_uid), None)
