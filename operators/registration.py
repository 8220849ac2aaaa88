"""All operators, as Blender is to know them."""

import bpy

from .cancel import NEURAL_SHAPES_OT_cancel
from .dismiss import NEURAL_SHAPES_OT_dismiss
from .extract_surface import NEURAL_SHAPES_OT_extract_surface
from .load_shape import NEURAL_SHAPES_OT_load_shape
from .open_log import NEURAL_SHAPES_OT_open_log
from .remove_shape import NEURAL_SHAPES_OT_remove_shape
from .resume import NEURAL_SHAPES_OT_resume
from .save_shape import NEURAL_SHAPES_OT_save_shape
from .train import NEURAL_SHAPES_OT_train

OPERATORS = (
    NEURAL_SHAPES_OT_cancel,
    NEURAL_SHAPES_OT_dismiss,
    NEURAL_SHAPES_OT_extract_surface,
    NEURAL_SHAPES_OT_load_shape,
    NEURAL_SHAPES_OT_open_log,
    NEURAL_SHAPES_OT_remove_shape,
    NEURAL_SHAPES_OT_resume,
    NEURAL_SHAPES_OT_save_shape,
    NEURAL_SHAPES_OT_train,
)

register, unregister = bpy.utils.register_classes_factory(OPERATORS)
