"""Key Mesh: the next morph passes through the selected meshes, from the current frame on."""

import bpy

from ..scene.morph_keys import set_key
from .targets import sources

# Of the playback between two meshes that are keyed at once.
SECONDS_BETWEEN = 1.0


class NEURAL_SHAPES_OT_key_mesh(bpy.types.Operator):
    """Key the selected meshes for a morph from the current frame on, the active one last"""

    bl_idname = "neural_shapes.key_mesh"
    bl_label = "Key Mesh"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not sources(context):
            cls.poll_message_set("Select a mesh, curve, text or metaball that is no neural shape yet")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene = context.scene
        spacing = max(1, round(SECONDS_BETWEEN * scene.render.fps / scene.render.fps_base))
        chosen = sorted(sources(context), key=lambda source: source == context.object)
        for index, source in enumerate(chosen):
            set_key(scene.neural_shapes_morph, source, scene.frame_current + index * spacing)
        return {"FINISHED"}
