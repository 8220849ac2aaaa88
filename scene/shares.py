"""Shares of a mesh or an image, kept as custom properties; those of a file may be anything."""

import bpy


def read_share(owner: bpy.types.ID, name: str) -> float:
    """The share, 0 to 1, that a datablock keeps under a name; 0 where there is none or it is no share."""
    share = owner.get(name)
    return share if isinstance(share, float) and 0 <= share <= 1 else 0.0
