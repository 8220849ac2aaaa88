"""Install: PyTorch and its companions into a folder of their own, after a look at the machine."""

import bpy

from ..core.errors import NeuralShapesError
from ..session.environment import environment, suitable_build

GIGABYTE = 10**9
DIALOG_WIDTH = 420

BUILDS = (
    ("auto", "Automatic", "What suits this machine"),
    ("cpu", "CPU", "Works everywhere, and is small"),
    ("cu130", "CUDA 13.0", "NVIDIA GPUs from the GTX 16 and RTX 20 on"),
    ("cu126", "CUDA 12.6", "Older NVIDIA GPUs"),
    ("rocm7.2", "ROCm 7.2", "AMD GPUs on Linux"),
    ("mps", "Metal", "Apple GPUs"),
)


class NEURAL_SHAPES_OT_install_environment(bpy.types.Operator):
    """Download PyTorch into a folder of its own beside the extension; nothing else in Blender changes"""

    bl_idname = "neural_shapes.install_environment"
    bl_label = "Install"
    bl_options = {"INTERNAL"}

    build: bpy.props.EnumProperty(
        name="Build", description="The build of PyTorch", items=BUILDS, default="auto", options={"SKIP_SAVE"}
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        try:
            self._suggested = suitable_build()
        except NeuralShapesError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return context.window_manager.invoke_props_dialog(self, width=DIALOG_WIDTH, confirm_text="Install")

    def draw(self, context: bpy.types.Context) -> None:
        build = self._suggested.build
        self.layout.label(text=f"{self._suggested.reason} Automatic is {build.label}.", icon="INFO")
        self.layout.label(
            text=f"About {build.download / GIGABYTE:.1f} GB are downloaded"
            f" and {build.installed / GIGABYTE:.1f} GB taken on the disk."
        )
        self.layout.prop(self, "build")

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            environment.install(suitable_build("" if self.build == "auto" else self.build).build)
        except NeuralShapesError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if environment.problem:  # Without a window it has ended.
            self.report({"ERROR"}, environment.problem)
            return {"CANCELLED"}
        return {"FINISHED"}
