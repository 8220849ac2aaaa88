"""Train Morph: a shape that flows from keyed mesh to keyed mesh."""

import bpy

from ..core.errors import NeuralShapesError
from ..scene.morph_keys import keys_of
from ..session.morphing import train_morph
from .start_jobs import start_jobs
from .targets import active_job


class NEURAL_SHAPES_OT_train_morph(bpy.types.Operator):
    """Train a morph through the keyed meshes. It arrives beside the first one, with its Time keyed"""

    bl_idname = "neural_shapes.train_morph"
    bl_label = "Train Morph"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        try:
            first = keys_of(context.scene.neural_shapes_morph)[0]
        except NeuralShapesError as error:
            cls.poll_message_set(str(error).rstrip("."))
            return False
        if active_job(first.source):
            cls.poll_message_set("The first keyed object is being trained on; cancel that first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        keys = keys_of(context.scene.neural_shapes_morph)
        return start_jobs(self, context, [keys[0].source], lambda _, context: train_morph(keys, context))
