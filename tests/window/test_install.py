"""The zip installs into a fresh Blender, its tab is in the sidebar, and says how to get a worker."""

import os
from collections.abc import Callable
from pathlib import Path

EXTENSION = "bl_ext.user_default.neural_shapes"
PREFERENCES = f"bpy.context.preferences.addons[{EXTENSION!r}].preferences"
ENVIRONMENT = f"__import__('sys').modules['{EXTENSION}.session.environment'].environment"
# Torch loads slowly on a machine that draws in software.
CHECK_SECONDS = 120.0


def test_the_extension_installs_and_the_window_opens(open_window: Callable) -> None:
    window = open_window()
    assert window.value(f"{EXTENSION!r} in bpy.context.preferences.addons")
    backend = os.environ.get("GPU_BACKEND", "opengl")
    assert window.value("__import__('gpu').platform.backend_type_get()") == backend.upper()
    window.picture("installed")


def test_without_a_worker_the_sidebar_offers_install_and_an_own_python_is_checked(
    open_window: Callable, suzanne_file: Path, worker_python: Path
) -> None:
    window = open_window(suzanne_file)
    window.run(f"{PREFERENCES}.worker_python = '/nowhere/python'")
    window.open_sidebar("Neural Shapes")
    window.picture("install-0-missing")
    window.click(*window.find_button("neural_shapes.install_environment"))
    window.picture("install-1-dialog")
    window.press("Return")
    window.picture("install-2-refused")
    assert window.value(f"{ENVIRONMENT}.installation is None")  # There is no online access.

    window.run(f"{PREFERENCES}.worker_python = {str(worker_python)!r}")
    window.run("bpy.ops.neural_shapes.check_environment()")
    window.wait_until(f"{ENVIRONMENT}.report is not None or {ENVIRONMENT}.problem", CHECK_SECONDS)
    assert window.value(f"{ENVIRONMENT}.problem") == ""
    assert window.value(f"{ENVIRONMENT}.report.device").startswith("CPU")
    window.redraw()
    window.picture("install-3-checked")
