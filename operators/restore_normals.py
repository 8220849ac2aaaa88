"""Restore Normals: the selected meshes get back the normals that they had before a transfer."""

import bpy

from ..scene.custom_normals import has_transferred, restore_normals


class NEURAL_SHAPES_OT_restore_normals(bpy.types.Operator):
    """Put back the meshes' own normals and sharp edges; edges edited since the transfer stay as they are"""

    bl_idname = "neural_shapes.restore_normals"
    bl_label = "Restore Normals"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.mode != "OBJECT":
            cls.poll_message_set("Leave Edit Mode first")
            return False
        if not _meshes(context):
            cls.poll_message_set("Select a mesh with transferred normals")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        for mesh in _meshes(context):
            restore_normals(mesh)
        return {"FINISHED"}


def _meshes(context: bpy.types.Context) -> set[bpy.types.Mesh]:
    return {
        selected.data
        for selected in context.selected_objects
        if selected.type == "MESH" and selected.data.is_editable and has_transferred(selected.data)
    }
