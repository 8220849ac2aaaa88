"""The package, the manifest and the zip agree with each other and with the tree."""

import hashlib
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

# Folders of the root whose Python files belong to no package.
OUTSIDE_THE_PACKAGE = {"benchmarks", "build", "demo", "dist", "docs", "farm", "setup", "tests"}
MAXIMUM_ZIP_BYTES = 2_000_000


def project(root: Path) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text())


def manifest(root: Path) -> dict:
    return tomllib.loads((root / "blender_manifest.toml").read_text())


def pins(requirements: str) -> dict[str, str]:
    """Package name, as package indexes normalise it → version, of every line `name==version`."""
    lines = re.findall(r"^([\w.-]+)==(\S+)$", requirements, re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in lines}


def folders_with_modules(root: Path) -> set[Path]:
    """The root's folders, relative to it, that hold the extension's modules."""
    return {
        path.relative_to(root).parent
        for path in root.rglob("*.py")
        if not any(part.startswith(".") for part in path.relative_to(root).parts)
        and path.relative_to(root).parts[0] not in {*OUTSIDE_THE_PACKAGE, "setup.py"}
    }


def test_every_folder_with_modules_is_a_package(root: Path) -> None:
    assert all((root / folder / "__init__.py").is_file() for folder in folders_with_modules(root))


def test_no_test_folder_is_a_package(root: Path) -> None:
    assert list((root / "tests").rglob("__init__.py")) == []


def test_manifest_and_package_have_one_version_and_licence(root: Path) -> None:
    assert manifest(root)["version"] == project(root)["project"]["version"]
    assert manifest(root)["license"] == ["SPDX:" + project(root)["project"]["license"]]


def test_the_environment_is_pinned_as_the_worker_needs_it(root: Path) -> None:
    pinned = pins((root / "setup/requirements.txt").read_text())
    required = pins((root / "worker/requirements.txt").read_text())
    assert {"torch", "libigl", "scikit-image", "trimesh"} <= required.keys()
    assert {name: pinned[name] for name in required} == required


def test_blenders_5_2_environment_has_no_torch(root: Path) -> None:
    pinned = pins((root / "setup/requirements-viewport.txt").read_text())
    assert "bpy" in pinned
    assert not pinned.keys() & {"torch", "libigl", "scikit-image", "trimesh", "safetensors"}


@pytest.fixture(scope="module")
def repository(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make package` leaves: the extension's zip and a static repository, by Blender's own tool."""
    bpy = pytest.importorskip("bpy")
    tool = Path(bpy.utils.system_resource("SCRIPTS")) / "addons_core/bl_pkg/cli/blender_ext.py"
    folder = tmp_path_factory.mktemp("dist")
    for arguments in (
        ("build", "--source-dir", root, "--output-dir", folder),
        ("server-generate", "--repo-dir", folder),
    ):
        command = [sys.executable, str(tool), *map(str, arguments)]
        subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def zip_names(repository: Path) -> list[str]:
    """What the extension's zip holds."""
    [path] = repository.glob("*.zip")
    assert path.stat().st_size < MAXIMUM_ZIP_BYTES
    return zipfile.ZipFile(path).namelist()


def test_the_repository_offers_the_zip_with_its_hash_and_permissions(root: Path, repository: Path) -> None:
    [path] = repository.glob("*.zip")
    [offered] = json.loads((repository / "index.json").read_text())["data"]
    assert offered["version"] == manifest(root)["version"]
    assert offered["permissions"].keys() == {"network", "files"}
    assert (offered["archive_url"], offered["archive_size"]) == (f"./{path.name}", path.stat().st_size)
    assert offered["archive_hash"] == "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_zip_holds_every_module_and_nothing_of_development(root: Path, zip_names: list[str]) -> None:
    rooms = {folder.parts[0] for folder in folders_with_modules(root) if folder.parts} | {"shaders"}
    allowed = {"__init__.py", "blender_manifest.toml", "LICENSE", "README.md", "CHANGELOG.md"}
    assert {name for name in zip_names if name.split("/")[0] not in rooms} <= allowed
    modules = {str(path.relative_to(root)) for room in rooms for path in (root / room).rglob("*.py")}
    data = {str(path.relative_to(root)) for path in (root / "shaders").rglob("*.glsl")}
    data.add("worker/requirements.txt")
    assert modules | data <= set(zip_names)
    assert not [name for name in zip_names if "__pycache__" in name or name.endswith((".pyc", ".whl"))]
