"""All operators, as Blender is to know them."""

import bpy

from .bake_map import NEURAL_SHAPES_OT_bake_map
from .bake_morph import NEURAL_SHAPES_OT_bake_morph
from .cancel import NEURAL_SHAPES_OT_cancel
from .cancel_installation import NEURAL_SHAPES_OT_cancel_installation
from .check_environment import NEURAL_SHAPES_OT_check_environment
from .conform import NEURAL_SHAPES_OT_conform
from .dismiss import NEURAL_SHAPES_OT_dismiss
from .export_bake import NEURAL_SHAPES_OT_export_bake
from .export_csv import NEURAL_SHAPES_OT_export_csv
from .extract_surface import NEURAL_SHAPES_OT_extract_surface
from .install_environment import NEURAL_SHAPES_OT_install_environment
from .key_mesh import NEURAL_SHAPES_OT_key_mesh
from .load_shape import NEURAL_SHAPES_OT_load_shape
from .map_attribute import NEURAL_SHAPES_OT_map_attribute
from .open_installation_log import NEURAL_SHAPES_OT_open_installation_log
from .open_log import NEURAL_SHAPES_OT_open_log
from .remove_bake import NEURAL_SHAPES_OT_remove_bake
from .remove_key import NEURAL_SHAPES_OT_remove_key
from .remove_shape import NEURAL_SHAPES_OT_remove_shape
from .repair_environment import NEURAL_SHAPES_OT_repair_environment
from .restore_normals import NEURAL_SHAPES_OT_restore_normals
from .resume import NEURAL_SHAPES_OT_resume
from .retrain_morph import NEURAL_SHAPES_OT_retrain_morph
from .save_shape import NEURAL_SHAPES_OT_save_shape
from .toggle_preview import NEURAL_SHAPES_OT_toggle_preview
from .train import NEURAL_SHAPES_OT_train
from .train_morph import NEURAL_SHAPES_OT_train_morph
from .transfer_normals import NEURAL_SHAPES_OT_transfer_normals
from .uninstall_environment import NEURAL_SHAPES_OT_uninstall_environment

OPERATORS = (
    NEURAL_SHAPES_OT_bake_map,
    NEURAL_SHAPES_OT_bake_morph,
    NEURAL_SHAPES_OT_cancel,
    NEURAL_SHAPES_OT_cancel_installation,
    NEURAL_SHAPES_OT_check_environment,
    NEURAL_SHAPES_OT_conform,
    NEURAL_SHAPES_OT_dismiss,
    NEURAL_SHAPES_OT_export_bake,
    NEURAL_SHAPES_OT_export_csv,
    NEURAL_SHAPES_OT_extract_surface,
    NEURAL_SHAPES_OT_install_environment,
    NEURAL_SHAPES_OT_key_mesh,
    NEURAL_SHAPES_OT_load_shape,
    NEURAL_SHAPES_OT_map_attribute,
    NEURAL_SHAPES_OT_open_installation_log,
    NEURAL_SHAPES_OT_open_log,
    NEURAL_SHAPES_OT_remove_bake,
    NEURAL_SHAPES_OT_remove_key,
    NEURAL_SHAPES_OT_remove_shape,
    NEURAL_SHAPES_OT_repair_environment,
    NEURAL_SHAPES_OT_restore_normals,
    NEURAL_SHAPES_OT_resume,
    NEURAL_SHAPES_OT_retrain_morph,
    NEURAL_SHAPES_OT_save_shape,
    NEURAL_SHAPES_OT_toggle_preview,
    NEURAL_SHAPES_OT_train,
    NEURAL_SHAPES_OT_train_morph,
    NEURAL_SHAPES_OT_transfer_normals,
    NEURAL_SHAPES_OT_uninstall_environment,
)

register, unregister = bpy.utils.register_classes_factory(OPERATORS)
