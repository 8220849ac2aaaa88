"""Bake Morph: a file for each frame of the active morph, and an object that plays them without the worker."""

import bpy

from ..core.errors import NeuralShapesError
from ..scene.baked_object import morph_of
from ..session.jobs import State
from ..session.morph_baking import bake_morph
from .targets import active_job


class NEURAL_SHAPES_OT_bake_morph(bpy.types.Operator):
    """Write each frame of the morph as a mesh file, and play them. Frames that are up to date are kept"""

    bl_idname = "neural_shapes.bake_morph"
    bl_label = "Bake Morph"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        morph = morph_of(context.object)
        if morph is None:
            cls.poll_message_set("Make an object active that carries a morph")
        elif active_job(morph) is not None:
            cls.poll_message_set("The morph is being worked on; cancel that first")
        elif context.mode != "OBJECT":
            cls.poll_message_set("Leave Edit Mode first")
        elif bpy.app.is_job_running("RENDER"):
            cls.poll_message_set("Wait until the render is done")
        else:
            return True
        return False

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            job = bake_morph(morph_of(context.object), context)
            sentence = job.sentence if job.state is State.FAILED else ""
        except NeuralShapesError as error:
            sentence = str(error)
        if sentence:
            self.report({"ERROR"}, sentence)
            return {"CANCELLED"}
        return {"FINISHED"}
