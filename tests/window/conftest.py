"""A real Blender with its window, driven from outside with mouse and keyboard."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

HERE = Path(__file__).resolve().parent
WIDTH, HEIGHT = 1280, 800
START_SECONDS = 60.0
ANSWER_SECONDS = 60.0
DRAW_SECONDS = 0.8  # Measured: 0.65 s for the whole window in software OpenGL on two cores.
HOVER_SECONDS = 0.06
SCAN_STEP_PIXELS = 8

# Expressions for Blender's side of the socket.
_AREA = "next(a for a in bpy.context.window.screen.areas if a.type == 'VIEW_3D')"
_REGION = f"next(r for r in {_AREA}.regions if r.type == '{{kind}}')"
_SIDEBAR = _REGION.format(kind="UI")
_COMMAND_UNDER_MOUSE = f"""
manager = bpy.context.window_manager
manager.clipboard = ''
with bpy.context.temp_override(area={_AREA}, region={_SIDEBAR}):
    if bpy.ops.ui.copy_python_command_button.poll():
        bpy.ops.ui.copy_python_command_button()
result = manager.clipboard
"""


class BlenderWindow:
    """One running Blender: Python inside it, a mouse, a keyboard and pictures of the screen."""

    def __init__(self, process: subprocess.Popen, socket_path: Path, pictures: Path) -> None:
        self.process = process
        self._socket_path = socket_path
        self._pictures = pictures

    def run(self, source: str) -> Any:
        """What the source left in `result` after Blender executed it in its main thread."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ANSWER_SECONDS)
            connection.connect(str(self._socket_path))
            connection.sendall(source.encode())
            connection.shutdown(socket.SHUT_WR)
            answer = json.loads(b"".join(iter(lambda: connection.recv(1 << 16), b"")))
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["result"]

    def value(self, expression: str) -> Any:
        return self.run(f"result = {expression}")

    def wait_until(self, expression: str, seconds: float) -> Any:
        """The expression's first true value within the time; an error that names the expression after it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := self.value(expression):
                return value
            time.sleep(0.1)
        pytest.fail(f"not true within {seconds:g} s: {expression}")

    def picture(self, name: str) -> Path:
        """A picture of the whole screen in build/window, after the time that Blender needs to draw.

        It does not make Blender draw: what the extension forgot to redraw is missing in the picture too.
        """
        time.sleep(DRAW_SECONDS)
        path = self._pictures / f"{name}.png"
        subprocess.run(["scrot", "--overwrite", str(path)], check=True)
        return path

    def progress_pixels(self, picture: Path) -> int:
        """How many pixels of the picture's sidebar have the colour of progress bars."""
        colour = self.value("list(bpy.context.preferences.themes[0].user_interface.wcol_progress.item)[:3]")
        region = self.region("UI")
        top = HEIGHT - region["y"] - region["height"]
        pixels = np.asarray(Image.open(picture).convert("RGB"))
        sidebar = pixels[top : top + region["height"], region["x"] : region["x"] + region["width"]]
        return int((sidebar == np.round(np.multiply(colour, 255))).all(axis=-1).sum())

    def move(self, x: int, y: int) -> None:
        """Put the mouse there, in Blender's window coordinates with their origin at the bottom left."""
        subprocess.run(["xdotool", "mousemove", str(x), str(HEIGHT - 1 - y)], check=True)

    def click(self, x: int, y: int) -> None:
        self.move(x, y)
        time.sleep(HOVER_SECONDS)
        subprocess.run(["xdotool", "click", "1"], check=True)

    def press(self, *keys: str) -> None:
        subprocess.run(["xdotool", "key", *keys], check=True)

    def redraw(self) -> None:
        """Make Blender draw the whole window now."""
        self.run("bpy.ops.wm.redraw_timer(type='DRAW_WIN_SWAP', iterations=1)")

    def region(self, kind: str) -> dict[str, int]:
        """Position and size of a region of the 3D viewport: WINDOW, UI (the sidebar), …"""
        return self.run(
            f"region = {_REGION.format(kind=kind)}\n"
            "result = {name: getattr(region, name) for name in ('x', 'y', 'width', 'height')}"
        )

    def hover_viewport(self) -> None:
        """Put the mouse over the viewport, where keys are meant for it."""
        viewport = self.region("WINDOW")
        self.move(viewport["x"] + viewport["width"] // 2, viewport["y"] + viewport["height"] // 2)

    def open_sidebar(self, tab: str) -> None:
        """Press N over the viewport where the sidebar is closed, and bring the tab to the front."""
        if self.region("UI")["width"] <= 1:
            self.hover_viewport()
            self.press("n")
            self.wait_until(f"{_SIDEBAR}.width > 1", 10)
        self.redraw()
        self.run(f"{_SIDEBAR}.active_panel_category = {tab!r}")
        self.redraw()

    def find_button(self, operator: str) -> tuple[int, int]:
        """Where the sidebar's button of an operator is, as Blender itself says of each place under the mouse.

        A button knows the Python command that repeats it; Blender copies it for the button under the mouse.
        """
        sidebar = self.region("UI")
        x = sidebar["x"] + sidebar["width"] // 3
        for y in range(sidebar["y"] + sidebar["height"] - 4, sidebar["y"], -SCAN_STEP_PIXELS):
            self.move(x, y)
            time.sleep(HOVER_SECONDS)
            if self.run(_COMMAND_UNDER_MOUSE).startswith(f"bpy.ops.{operator}("):
                return x, y
        pytest.fail(f"the sidebar shows no button for {operator}")


def run_blender(environment: dict[str, str], *arguments: object) -> subprocess.CompletedProcess:
    """Blender run to its end, without a window."""
    command = ["blender", *map(str, arguments)]
    return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)


@pytest.fixture(scope="session")
def pictures(root: Path) -> Path:
    """The folder that keeps the screenshots of the last run."""
    folder = root / "build" / "window"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="session")
def worker_python(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that can train: the system's, which has torch, and the packages it lacks as pinned."""
    folder = tmp_path_factory.mktemp("worker")
    requirements = (root / "setup/requirements.txt").read_text()
    pins = re.findall(r"^(?:libigl|trimesh|pytorch_optimizer)==.*$", requirements, re.MULTILINE)
    subprocess.run([sys.executable, "-m", "venv", "--system-site-packages", str(folder)], check=True)
    subprocess.run([str(folder / "bin/pip"), "install", "--quiet", *pins], check=True)
    return folder / "bin/python"


@pytest.fixture(scope="session")
def blender_environment(
    root: Path, worker_python: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """Blender as a new user has it: fresh preferences, and the extension installed from its zip."""
    missing = [name for name in ("blender", "xdotool", "scrot") if not shutil.which(name)]
    if missing or "DISPLAY" not in os.environ:
        pytest.exit(f"Window tests need a display and {', '.join(missing or ['DISPLAY'])}.", returncode=2)
    folder = tmp_path_factory.mktemp("user")
    environment = {
        **os.environ,
        "BLENDER_USER_RESOURCES": str(folder / "resources"),
        "NEURAL_SHAPES_WORKER_PYTHON": str(worker_python),
    }
    (folder / "resources").mkdir()

    zip_path = folder / "neural_shapes.zip"
    for arguments in (
        ("-b", "--python-exit-code", "1", "--python", HERE / "preferences.py"),
        ("--command", "extension", "build", "--source-dir", root, "--output-filepath", zip_path),
        ("--command", "extension", "validate", zip_path),
        ("--command", "extension", "install-file", "-r", "user_default", "-e", zip_path),
    ):
        finished = run_blender(environment, *arguments)
        assert finished.returncode == 0, finished.stdout + finished.stderr
    return environment


@pytest.fixture(scope="session")
def blender(blender_environment: dict[str, str]) -> Callable[..., subprocess.CompletedProcess]:
    """Runs Blender to its end with some arguments; gives its exit status and what it printed."""
    return partial(run_blender, blender_environment)


@pytest.fixture(scope="session")
def suzanne_file(blender: Callable, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A .blend file with nothing but Suzanne, selected."""
    path = tmp_path_factory.mktemp("scene") / "suzanne.blend"
    script = (
        "import bpy; bpy.data.batch_remove(bpy.data.objects); bpy.ops.mesh.primitive_monkey_add();"
        f" bpy.context.object.name = 'Suzanne'; bpy.ops.wm.save_as_mainfile(filepath={str(path)!r})"
    )
    assert blender("-b", "--python-expr", script).returncode == 0
    return path


@pytest.fixture
def open_window(
    blender_environment: dict[str, str], pictures: Path, tmp_path: Path
) -> Iterator[Callable[..., BlenderWindow]]:
    """Opens Blender with its window, on a .blend file where one is given; closed at the test's end.

    `environment` is for a Blender that finds other things than the one that all tests share.
    """
    opened: list[BlenderWindow] = []

    def open_blender(*files: Path, environment: dict[str, str] = blender_environment) -> BlenderWindow:
        socket_path = tmp_path / f"blender{len(opened)}.socket"
        screen = ["--gpu-backend", "opengl", "--window-geometry", "0", "0", str(WIDTH), str(HEIGHT)]
        script = ["--python", str(HERE / "blender_side.py"), "--", str(socket_path)]
        process = subprocess.Popen(
            ["blender", *screen, *map(str, files), *script], env=environment, stdin=subprocess.DEVNULL
        )
        window = BlenderWindow(process, socket_path, pictures)
        opened.append(window)
        end = time.monotonic() + START_SECONDS
        while not socket_path.exists():
            assert process.poll() is None, f"Blender ended with {process.returncode} while it started"
            assert time.monotonic() < end, "Blender did not start in time"
            time.sleep(0.1)
        window.value("1")
        return window

    yield open_blender
    for window in opened:
        window.process.terminate()
        window.process.wait(timeout=20)
