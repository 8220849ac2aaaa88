"""All panels, as Blender is to know them, and the preferences."""

import bpy

from .environment import NEURAL_SHAPES_PT_environment
from .jobs import NEURAL_SHAPES_PT_jobs
from .morph import NEURAL_SHAPES_PT_active_morph, NEURAL_SHAPES_PT_morph, NEURAL_SHAPES_UL_morph_keys
from .morph_bake import NEURAL_SHAPES_PT_morph_bake
from .morph_plot import NEURAL_SHAPES_PT_morph_plot
from .normals import NEURAL_SHAPES_PT_bake, NEURAL_SHAPES_PT_custom_normals, NEURAL_SHAPES_PT_normals
from .playback import NEURAL_SHAPES_PT_playback
from .preferences import NeuralShapesPreferences
from .preview import NEURAL_SHAPES_PT_preview
from .shape import NEURAL_SHAPES_PT_shape
from .surface import NEURAL_SHAPES_PT_surface
from .train import NEURAL_SHAPES_PT_train

PANELS = (
    NEURAL_SHAPES_PT_environment,
    NEURAL_SHAPES_PT_train,
    NEURAL_SHAPES_PT_jobs,
    NEURAL_SHAPES_PT_shape,
    NEURAL_SHAPES_PT_preview,
    NEURAL_SHAPES_PT_surface,
    NEURAL_SHAPES_PT_normals,
    NEURAL_SHAPES_PT_custom_normals,
    NEURAL_SHAPES_PT_bake,
    NEURAL_SHAPES_UL_morph_keys,
    NEURAL_SHAPES_PT_morph,
    NEURAL_SHAPES_PT_active_morph,
    NEURAL_SHAPES_PT_playback,
    NEURAL_SHAPES_PT_morph_bake,
    NEURAL_SHAPES_PT_morph_plot,
)

register, unregister = bpy.utils.register_classes_factory((NeuralShapesPreferences, *PANELS))
