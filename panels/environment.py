"""What trains: the environment in use, its installation, and what went wrong with it."""

import bpy

from ..session.environment import environment
from .sidebar import SidebarPanel
from .text import draw_sentence

GIGABYTE = 10**9


class NEURAL_SHAPES_PT_environment(SidebarPanel, bpy.types.Panel):
    """PyTorch is missing, and how to get it"""

    bl_label = "Install PyTorch"
    bl_order = -1

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bool(environment.missing) or environment.is_installing

    def draw(self, context: bpy.types.Context) -> None:
        draw_environment(self.layout, context)


def draw_environment(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """How the environment stands, and the buttons that change that."""
    if environment.is_installing:
        installation = environment.installation
        layout.progress(factor=installation.share, text=installation.phase)
        layout.operator("neural_shapes.cancel_installation", icon="CANCEL")
    elif environment.is_checking:
        layout.label(text="Testing with a training step", icon="TIME")
    else:
        _draw_state(layout, context)
    if environment.installation is not None:
        layout.operator("neural_shapes.open_installation_log", icon="TEXT")


def _draw_state(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    if environment.problem:
        what = "Not installed: " if environment.missing else ""
        draw_sentence(layout, context, what + environment.problem, icon="ERROR")
    elif environment.missing:
        draw_sentence(layout, context, environment.missing, icon="INFO")
    if environment.report is not None:
        report = environment.report
        layout.label(text=f"PyTorch {report.torch}", icon="CHECKMARK")
        memory = f", {report.memory / GIGABYTE:.0f} GB" if report.memory else ""
        layout.label(text=f"{report.device}{memory}", icon="BLANK1")
    if environment.installed is not None and not environment.uses_installed:
        draw_sentence(layout, context, "A chosen Python is used in place of what is installed.", icon="INFO")
    row = layout.row()
    if environment.installed is not None or environment.problem:
        row.operator("neural_shapes.repair_environment", icon="FILE_REFRESH")
    if environment.installed is None:
        row.operator("neural_shapes.install_environment", icon="IMPORT")
    else:
        row.operator("neural_shapes.uninstall_environment", icon="TRASH")
    if not environment.missing:
        layout.operator("neural_shapes.check_environment", icon="PLAY")
