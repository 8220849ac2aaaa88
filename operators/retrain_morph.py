"""Retrain Morph: the segments of the active morph whose meshes changed, or one of them at will."""

import bpy

from ..session.morphing import retrain_morph
from .start_jobs import start_jobs
from .targets import active_job, is_morph

CHANGED_ONES = -1


class NEURAL_SHAPES_OT_retrain_morph(bpy.types.Operator):
    """Train the active morph anew where its meshes were edited or exchanged; the rest and the F-curve stay"""

    bl_idname = "neural_shapes.retrain_morph"
    bl_label = "Retrain Morph"
    bl_options = {"REGISTER"}

    segment: bpy.props.IntProperty(
        name="Segment",
        description="The segment to train although its meshes are the same, from 0; -1 trains changed ones",
        default=CHANGED_ONES,
        min=CHANGED_ONES,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not is_morph(context.object):
            cls.poll_message_set("Make an object active that carries a morph")
            return False
        if active_job(context.object):
            cls.poll_message_set("The morph is being worked on; cancel that first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        segments = () if self.segment == CHANGED_ONES else (self.segment,)
        return start_jobs(
            self, context, [context.object], lambda holder, context: retrain_morph(holder, context, segments)
        )
