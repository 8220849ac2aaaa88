"""The rules about imports that make one source serve the extension, the worker and the shell."""

import ast
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from neural_shapes.worker.main import REQUIRED_MODULES
from neural_shapes.worker.task import TASKS

ROOMS = ("core", "operators", "panels", "scene", "session", "viewport", "worker")
ROOMS_WITHOUT_BLENDER = ("core", "worker")
ROOMS_OF_BLENDERS_PROCESS = ("operators", "panels", "scene", "session", "viewport")
HEAVY = {"igl", "PIL", "pytorch_optimizer", "safetensors", "scipy", "skimage", "torch", "trimesh"}

# Runs in a fresh interpreter, so that nothing imported by other tests can hide an import.
PRINT_MODULES_AFTER_IMPORT = """
import sys
import {modules}
print(*sorted({{name.partition(".")[0] for name in sys.modules}}))
"""


def sources(root: Path, *rooms: str) -> list[Path]:
    files = [root / "__init__.py"] if rooms == ROOMS else []
    return files + [path for room in rooms for path in sorted((root / room).rglob("*.py"))]


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """(relative level, module name) of every import statement, those inside functions included."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield 0, alias.name
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or ""


def modules_after_import(modules: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after it imported some, separated by commas."""
    command = [sys.executable, "-c", PRINT_MODULES_AFTER_IMPORT.format(modules=modules)]
    finished = subprocess.run(command, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    return set(finished.stdout.split())


def test_inside_the_package_imports_are_relative(root: Path) -> None:
    # Blender imports the extension as bl_ext.<repository>.neural_shapes: an absolute name would fail there,
    # or load a second copy.
    names = {"neural_shapes", *ROOMS}
    absolute = [
        f"{path.relative_to(root)}: {module}"
        for path in sources(root, *ROOMS)
        for level, module in imports(path)
        if level == 0 and module.partition(".")[0] in names
    ]
    assert absolute == []


def test_package_init_files_import_nothing(root: Path) -> None:
    importing = [
        str(path.relative_to(root))
        for path in sources(root, *ROOMS)
        if path.name == "__init__.py" and path.parent != root and list(imports(path))
    ]
    assert importing == []


def test_core_and_worker_never_import_blender(root: Path) -> None:
    blenders = {"bpy", "bmesh", "gpu", "mathutils", "bpy_extras", "blf"}
    found = [
        f"{path.relative_to(root)}: {module}"
        for path in sources(root, *ROOMS_WITHOUT_BLENDER)
        for level, module in imports(path)
        if level == 0 and module.partition(".")[0] in blenders
    ]
    assert found == []


def test_the_root_and_the_client_side_import_without_blender_and_torch() -> None:
    modules = modules_after_import("neural_shapes, neural_shapes.worker.client, neural_shapes.session.jobs")
    assert not modules & (HEAVY | {"bpy"})


def test_the_worker_requires_what_its_tasks_import() -> None:
    if importlib.util.find_spec("torch") is None:
        pytest.skip("no torch")
    modules = modules_after_import(", ".join(f"neural_shapes.worker{module}" for module in TASKS.values()))
    # What scikit-image brings along is its own matter.
    assert modules & (HEAVY - {"scipy"}) | {"numpy"} == set(REQUIRED_MODULES)


def process_modules(root: Path) -> list[str]:
    return [
        ".".join(("neural_shapes", *path.relative_to(root).with_suffix("").parts)).removesuffix(".__init__")
        for path in sources(root, *ROOMS_OF_BLENDERS_PROCESS)
    ]


def test_blenders_process_needs_only_numpy_and_the_standard_library(root: Path) -> None:
    pytest.importorskip("bpy")
    modules = modules_after_import(", ".join(process_modules(root)))
    assert not modules & HEAVY


def test_the_extension_loads_under_blenders_own_name(root: Path) -> None:
    # As Blender does it: bl_ext.<repository>.<id>, from the folder that was unzipped.
    names = [name.replace("neural_shapes", "bl_ext.trial.neural_shapes", 1) for name in process_modules(root)]
    script = f"""
import importlib, sys, types
import bpy
for name in ("bl_ext", "bl_ext.trial"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = []
spec = importlib.util.spec_from_file_location("bl_ext.trial.neural_shapes", {str(root / "__init__.py")!r})
module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
for name in {names!r}:
    importlib.import_module(name)
assert not [name for name in sys.modules if name.partition(".")[0] in {{"neural_shapes", *{ROOMS!r}}}]
"""
    pytest.importorskip("bpy")
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr


def test_the_folder_above_the_checkout_is_not_on_the_path(root: Path) -> None:
    # A neighbouring folder named like a standard module, such as copy, would shadow it.
    finished = subprocess.run(
        [sys.executable, "-c", "import sys, neural_shapes.core; print(*sys.path, sep='\\n')"],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    folders = {Path(line).resolve() for line in finished.stdout.splitlines() if line}
    assert root.parent not in folders
    assert root not in folders
