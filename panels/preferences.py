"""The extension's preferences: what trains, where, and how much of the machine it may take."""

import bpy

from ..session.environment import configure_worker
from ..session.preferences import EXTENSION
from .environment import draw_environment

DEVICES = (
    ("auto", "Automatic", "A GPU that PyTorch can use, else the CPU"),
    ("cpu", "CPU", "Repeatable to the last digit with the same number of threads"),
    ("cuda", "CUDA", "An NVIDIA GPU"),
    ("mps", "Metal", "An Apple GPU"),
)


def _configure(preferences: "NeuralShapesPreferences", context: bpy.types.Context) -> None:
    configure_worker()


class NeuralShapesPreferences(bpy.types.AddonPreferences):
    """What holds for all files on this machine"""

    bl_idname = EXTENSION

    worker_python: bpy.props.StringProperty(
        name="Python",
        description="A Python with PyTorch, or its virtual environment's folder; empty finds one by itself",
        subtype="FILE_PATH",
        update=_configure,
    )
    wheels: bpy.props.StringProperty(
        name="Wheels",
        description="A folder of wheels to install from, for machines without network; empty downloads them",
        subtype="DIR_PATH",
    )
    device: bpy.props.EnumProperty(
        name="Device", description="What trains and extracts", items=DEVICES, default="auto"
    )
    threads: bpy.props.IntProperty(
        name="Threads",
        description="Of the CPU; 0 takes one for each core",
        min=0,
        soft_max=64,
        update=_configure,
    )
    low_priority: bpy.props.BoolProperty(
        name="Low Priority",
        description="Let Blender and all other programs go first",
        default=True,
        update=_configure,
    )

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        draw_environment(layout.box(), context)
        layout.prop(self, "wheels")
        layout.prop(self, "worker_python")
        layout.prop(self, "device")
        layout.prop(self, "threads")
        layout.prop(self, "low_priority")
        layout.label(
            text="A change of Python, Threads or Low Priority ends what is being worked on.", icon="INFO"
        )
        layout.operator("neural_shapes.open_log", icon="TEXT")
