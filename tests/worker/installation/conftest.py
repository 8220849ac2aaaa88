"""Small wheels that stand in for torch and its companions, and plans that install them."""

import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from neural_shapes.worker.installation import folders
from neural_shapes.worker.installation.builds import Build
from neural_shapes.worker.installation.install import REQUIREMENTS, Installation, Plan

# As the real self-test answers, with the version of the torch that lies in the folder that it was given.
SELF_TEST = """
import json, os, pathlib, sys, time
sys.path.insert(0, sys.argv[3])
import torch
while os.path.exists({hold!r}):
    time.sleep(0.02)
answer = {{"failed": torch.FAILS}} if torch.FAILS else {{
    "torch": torch.__version__, "device": sys.argv[1], "memory": 1}}
print(json.dumps(answer))
"""
BUILD = Build("cpu", "CPU", "cpu", 1000, 1000, in_package_index=True)


def write_wheel(folder: Path, name: str, version: str, tag: str = "py3-none-any", fails: str = "") -> Path:
    """A wheel of one module, which knows its version and whether it works."""
    module, path = name.replace("-", "_"), folder / f"{name.replace('-', '_')}-{version}-{tag}.whl"
    information = f"{module}-{version}.dist-info"
    files = {
        f"{module}/__init__.py": f"__version__, FAILS = {version!r}, {fails!r}\n",
        f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{information}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
        f"{information}/RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as wheel:
        for file, content in files.items():
            wheel.writestr(file, content)
    return path


@pytest.fixture
def make_wheel() -> Callable[..., Path]:
    """Makes a wheel in a folder."""
    return write_wheel


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A folder with a stand-in for each of the product's requirements."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name, version in re.findall(r"^([\w-]+)[>=]=(\S+)", REQUIREMENTS.read_text(), re.MULTILINE):
        write_wheel(folder, name, version)
    return folder


@pytest.fixture
def hold(tmp_path: Path) -> Path:
    """While this file exists, a self-test does not end."""
    return tmp_path / "hold"


@pytest.fixture
def plan(tmp_path: Path, wheels: Path, hold: Path) -> Plan:
    script = tmp_path / "self_test.py"
    script.write_text(SELF_TEST.format(hold=str(hold)))
    return Plan(
        python=Path(sys.executable),
        parent=tmp_path / "environments",
        build=BUILD,
        log=tmp_path / "install.log",
        online_access=False,
        wheels=wheels,
        self_test=script,
    )


@pytest.fixture
def install() -> Callable[[Plan], Installation]:
    """Carries a plan out."""

    def carry_out(plan: Plan) -> Installation:
        installation = Installation(plan)
        installation.start()
        installation.wait(60)
        return installation

    return carry_out


@pytest.fixture
def earlier(plan: Plan) -> folders.Installed:
    """An environment that was installed before."""
    folder = folders.environment_folder(plan.parent, plan.build.name)
    (folder / "torch").mkdir(parents=True)
    folders.write_report(folder, folders.Report("2.12.0", "cpu", 1))
    return folders.find_installed(plan.parent)
