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
# "opengl" or "vulkan".
GPU_BACKEND = os.environ.get("GPU_BACKEND", "opengl")
START_SECONDS = 60.0
ANSWER_SECONDS = 60.0
DRAW_SECONDS = 0.8  # Measured: 0.65 s for the whole window in software OpenGL on two cores.
HOVER_SECONDS = 0.06
SCAN_STEP_PIXELS = 8
# From a panel's last row to the middle of the next panel's heading (measured at the interface's scale 1).
HEADING_PIXELS = 32
# From the sidebar's edge to the switch in a panel's heading.
SWITCH_PIXELS = 50
# From the middle of the last button in a row to the sidebar's other edge.
END_PIXELS = 49
# Notches of the mouse wheel that move the sidebar on by less than its height.
SCROLL_NOTCHES, MOST_SCROLLS = 12, 8
EDGE_PIXELS = 6

# Expressions for Blender's side of the socket.
_AREA = "next(a for a in bpy.context.window.screen.areas if a.type == 'VIEW_3D')"
_REGION = f"next(r for r in {_AREA}.regions if r.type == '{{kind}}')"
_SIDEBAR = _REGION.format(kind="UI")
_CONTROL_UNDER_MOUSE = f"""
manager = bpy.context.window_manager
manager.clipboard = ''
with bpy.context.temp_override(area={_AREA}, region={_SIDEBAR}):
    if bpy.ops.ui.copy_python_command_button.poll():
        bpy.ops.ui.copy_python_command_button()
    elif bpy.ops.ui.copy_data_path_button.poll():
        bpy.ops.ui.copy_data_path_button(full_path=True)
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

    def wait_drawn(self) -> None:
        """Wait as long as Blender needs to draw, and to note what was pressed."""
        time.sleep(DRAW_SECONDS)

    def picture(self, name: str) -> Path:
        """A picture of the whole screen in build/window, after the time that Blender needs to draw.

        It does not make Blender draw: what the extension forgot to redraw is missing in the picture too.
        """
        self.wait_drawn()
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

    def scroll_sidebar(self, notches: int) -> None:
        """Turn the mouse wheel over the sidebar, down for positive notches."""
        sidebar = self.region("UI")
        # At the edge there is no list, which would scroll in place of the sidebar.
        self.move(sidebar["x"] + EDGE_PIXELS, sidebar["y"] + sidebar["height"] // 2)
        time.sleep(HOVER_SECONDS)
        wheel = "5" if notches > 0 else "4"
        turn = ["xdotool", "click", "--repeat", str(abs(notches)), "--delay", "20", wheel]
        subprocess.run(turn, check=True)
        self.wait_drawn()

    def find_button(self, operator: str) -> tuple[int, int]:
        """Where the sidebar's button of an operator is."""
        command = f"bpy.ops.{operator}("
        return self._find(
            lambda control: control.startswith(command), command, self.region("UI")["width"] // 3
        )

    def find_button_at_end(self, command: str) -> tuple[int, int]:
        """Where the last button of a row is whose Python command begins so."""
        return self._find(
            lambda control: control.startswith(command), command, self.region("UI")["width"] - END_PIXELS
        )

    def find_property(self, name: str) -> tuple[int, int]:
        """Where the sidebar shows the property whose full data path ends so, right of its label."""
        return self._find(
            lambda control: control.endswith(f".{name}"), name, 2 * self.region("UI")["width"] // 3
        )

    def find_switch(self, name: str) -> tuple[int, int]:
        """Where a panel of the sidebar has in its heading the property whose full data path ends so."""
        return self._find(lambda control: control.endswith(f".{name}"), name, SWITCH_PIXELS)

    def open_panel_below(self, place: tuple[int, int]) -> None:
        """Click on the heading of the closed panel that comes after a panel's last row."""
        self.click(place[0], place[1] - HEADING_PIXELS)
        self.redraw()

    def _find(self, is_wanted: Callable[[str], bool], name: str, indent: int) -> tuple[int, int]:
        """Where the sidebar's control is, scrolled to, so many pixels from the sidebar's edge.

        Blender itself says what is under the mouse: it copies the Python command that repeats a button, and a
        property's data path.
        """
        sidebar = self.region("UI")
        x = sidebar["x"] + indent
        seen = []
        for _ in range(MOST_SCROLLS):
            for y in range(sidebar["y"] + sidebar["height"] - 4, sidebar["y"], -SCAN_STEP_PIXELS):
                seen.append(self._control_at(x, y))
                # A Blender that draws may not have noticed yet that the mouse has left another control.
                if is_wanted(seen[-1]) and is_wanted(self._control_at(x, y - SCAN_STEP_PIXELS // 2)):
                    return x, y - SCAN_STEP_PIXELS // 2
            self.scroll_sidebar(SCROLL_NOTCHES)
        pytest.fail(f"the sidebar does not show {name}, but {', '.join(sorted(set(seen)))}")

    def _control_at(self, x: int, y: int) -> str:
        """The command or the data path of the sidebar's control at a place; empty where there is none."""
        self.move(x, y)
        time.sleep(HOVER_SECONDS)
        return self.run(_CONTROL_UNDER_MOUSE)


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
def python_that_runs(worker_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Makes a Python that runs another script where it is asked for the worker's main.py."""

    def make(worker: Path) -> Path:
        path = tmp_path_factory.mktemp(worker.stem) / "python"
        path.write_text(
            "#!/bin/bash\narguments=()\n"
            f'for each in "$@"; do [[ $each == */worker/main.py ]] && each={worker};'
            ' arguments+=("$each"); done\n'
            f'exec {worker_python} "${{arguments[@]}}"\n'
        )
        path.chmod(0o755)
        return path

    return make


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
def save_scene(blender: Callable) -> Callable[..., Path]:
    """Makes a .blend file: a script, formatted with the file's `path` and other values, runs in Blender."""

    def save(path: Path, script: str, **values: object) -> Path:
        file = path.with_suffix(".py")
        file.write_text(script.format(path=str(path), **values))
        finished = blender("-b", "--python-exit-code", "1", "--python", file)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return path

    return save


@pytest.fixture(scope="session")
def suzanne_file(save_scene: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A .blend file with nothing but Suzanne, selected."""
    return save_scene(
        tmp_path_factory.mktemp("scene") / "suzanne.blend",
        "import bpy; bpy.data.batch_remove(bpy.data.objects); bpy.ops.mesh.primitive_monkey_add();"
        " bpy.context.object.name = 'Suzanne'; bpy.ops.wm.save_as_mainfile(filepath={path!r})",
    )


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
        screen = ["--gpu-backend", GPU_BACKEND, "--window-geometry", "0", "0", str(WIDTH), str(HEIGHT)]
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
