"""Which collections take objects: this file's own, and neither those of a library nor their overrides."""

from collections.abc import Iterable

import bpy


def own_collections(collections: Iterable[bpy.types.Collection]) -> list[bpy.types.Collection]:
    """Those of some collections to which objects can be linked."""
    return [found for found in collections if found.is_editable and found.override_library is None]
