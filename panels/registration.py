"""All panels, as Blender is to know them, and the preferences."""

import bpy

from .jobs import NEURAL_SHAPES_PT_jobs
from .preferences import NeuralShapesPreferences
from .shape import NEURAL_SHAPES_PT_shape
from .surface import NEURAL_SHAPES_PT_surface
from .train import NEURAL_SHAPES_PT_train

PANELS = (
    NEURAL_SHAPES_PT_train,
    NEURAL_SHAPES_PT_jobs,
    NEURAL_SHAPES_PT_shape,
    NEURAL_SHAPES_PT_surface,
)

register, unregister = bpy.utils.register_classes_factory((NeuralShapesPreferences, *PANELS))
